import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { javaFolder } from '../../../../../libs/advisories/test/databases.ts';
import { databaseArchive } from '../../../../../tools/database-layout.ts';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** A folder that does not exist, and the command on it, which returns its output; its notes are kept. */
const emptyFolder = () => {
  const notes: string[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'assay-database-command-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const data = join(directory, 'data');
  const called = async (...args: readonly string[]): Promise<string> => {
    const written: string[] = [];
    const terminal = new Terminal({ write: (text) => written.push(text) }, { write: (text) => notes.push(text) }, {});
    const shell = { env: {}, directory, terminal };
    await assay(shell).parseAsync(['database', ...args, '--data', data], { from: 'user' });
    return written.join('');
  };
  return { data, called, notes };
};

it('a list of a folder without data is empty, and begins none', async () => {
  const { data, called } = emptyFolder();
  expect(await called('list')).toMatch(/^No database was announced yet/);
  expect(JSON.parse(await called('list', '--json'))).toEqual({ databases: [], java: [] });
  expect(existsSync(data)).toBe(false);
});

it.each([['use', digest], ['verify'], ['recall', digest, '--why', 'it lacks Debian']])(
  '%s finds no database in a folder without data, and begins none',
  async (...args) => {
    const { data, called } = emptyFolder();
    await expect(called(...args)).rejects.toMatchObject({ reason: 'not-found' });
    expect(existsSync(data)).toBe(false);
  },
);

it('the Java database is imported after a vulnerability database, and listed and verified with it', async () => {
  const { data, called, notes } = emptyFolder();
  const archive = join(data, '..', 'db.tar.gz');
  const state = fileURLToPath(new URL('../../../../../e2e/images/advisories', import.meta.url));
  writeFileSync(archive, await databaseArchive(state));
  const java = await javaFolder(100, { rows: 12 });
  await expect(called('import', java)).rejects.toMatchObject({ code: 'database-unknown' });
  await called('import', archive);
  const unproven = 'no runner runs here: the next suite on --data proves it by its canary';
  expect(notes.join('')).toContain(unproven);
  notes.length = 0;
  await called('import', archive);
  expect(notes.join('')).not.toContain(unproven);
  const lines = (await called('import', java)).trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^The database of 2026-11-24T00:00:00Z \(sha256:\w+\) is in use already: 21,969 entries\.$/),
    expect.stringMatching(
      /^The Java database of 2026-11-24T00:00:00Z \(sha256:\w+\) is in use from now on: 12 entries\.$/,
    ),
  ]);
  expect(await called('list')).toMatch(/in use .*\n[^]*in use \(Java\) .* 12 /);
  const all = JSON.parse(await called('list', '--json')) as { java: { digest: string }[] };
  expect(all).toMatchObject({ databases: [{ state: 'in-use' }], java: [{ state: 'in-use', entries: 12 }] });
  expect(await called('verify')).toContain(
    `The archive of the Java database of 2026-11-24T00:00:00Z (${all.java[0]!.digest}) is whole.`,
  );
  await expect(called('recall', all.java[0]!.digest, '--why', 'bad')).rejects.toMatchObject({
    code: 'database-unknown',
  });
});
