import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './sources.ts';

/** Messages of commits after this one are held to the rules. Move it on when the list takes long. */
const since = '5696db07';

const folder = mkdtempSync(join(tmpdir(), 'assay-commits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The hook's complaint about a message, or nothing. */
const complaint = (message: string): string => {
  const file = join(folder, 'message');
  writeFileSync(file, message);
  return spawnSync('sh', [join(import.meta.dirname, 'hooks/commit-msg'), file], { encoding: 'utf8' }).stderr.trim();
};

const git = (...args: string[]): { readonly ok: boolean; readonly out: string } => {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return { ok: status === 0, out: stdout ?? '' };
};

describe('the commit-msg hook', () => {
  it('takes a subject of 72 characters with a body', () => {
    expect(complaint(`billing: ${'x'.repeat(63)}\n\nBecause.\n`)).toBe('');
  });

  it.each([
    ['a subject of 73 characters', `billing: ${'x'.repeat(64)}\n\nBecause.\n`, 'over 72 characters'],
    ['a subject without an area', 'Charge once\n\nBecause.\n', 'is not "area: imperative"'],
    ['a body in the second line', 'billing: charge once\nBecause.\n', 'the second line is not empty'],
    ['no body', 'billing: charge once\n', 'there is no body'],
    ['a body of comments', 'billing: charge once\n\n# On branch main\n', 'there is no body'],
    ['a body of trailers', 'billing: charge once\n\nSigned-off-by: A <a@b.example>\n', 'there is no body'],
    [
      'the diff of a verbose commit as its body',
      'billing: charge once\n\n# ------------------------ >8 ------------------------\ndiff --git a b\n',
      'there is no body',
    ],
  ])('refuses %s', (_, message, why) => {
    expect(complaint(message)).toContain(why);
  });
});

describe('the commits', () => {
  // An archive of the sources has no history, and a shallow clone has its newest commits only.
  const hasHistory = existsSync(join(root, '.git'));
  const range = git('cat-file', '-e', `${since}^{commit}`).ok ? [`${since}..HEAD`] : ['-1', 'HEAD'];
  const messages = hasHistory
    ? git('log', '--format=%B%x00', ...range)
        .out.split('\0')
        .map((one) => one.trim())
    : [];

  it('can all be read, but in a shallow clone or an archive', () => {
    const isShallow = git('rev-parse', '--is-shallow-repository').out.trim() === 'true';
    expect(!hasHistory || isShallow || range.length === 1, `there is no commit ${since}`).toBe(true);
  });

  it('have subjects of at most 72 characters, and bodies', () => {
    expect(messages.filter(Boolean).map(complaint).filter(Boolean)).toEqual([]);
  });
});
