import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = resolve(import.meta.dirname, 'weight.ts');
let folder: string;

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder, encoding: 'utf8' });
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const weigh = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-weighed-'));
  git('init', '-q');
  write('libs/one/src/a.ts', '// Two words.\nexport const a = 1;\n');
  write('libs/one/src/a.spec.ts', '1;\n2;\n3;\n');
  write('libs/one/src/generated/b.ts', '1;\n');
  write('e2e/c.ts', '1;\n2;\n');
  write('docs/page.md', '# Four words - here\n');
  write('docs/data.json', '{}\n');
  write('e2e/data.txt', 'data\n');
  git('add', '.');
  git('commit', '-qm', 'first');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('counts lines by package and kind, words, and what changed since a commit', () => {
  write('libs/one/src/d.ts', '1;\n2;\n');
  write('e2e/c.ts', '1;\n');
  const rows = weigh('HEAD').stdout.trimEnd().split('\n');
  expect(rows.map((row) => row.trim().split(/\s{2,}/))).toEqual([
    ['source', 'specs', 'generated', 'e2e', 'tools', 'words of comments words of documents'],
    ['all', '4 (+2)', '3', '2', '1 (-1)', '0', '2', '3'],
    ['docs', '0', '0', '1', '0', '0', '0', '3'],
    ['e2e', '0', '0', '0', '1 (-1)', '0', '0', '0'],
    ['libs/one', '4 (+2)', '3', '1', '0', '0', '2', '0'],
  ]);
});

it('refuses what is not a commit', () => {
  const { status, stderr } = weigh('no-such-commit');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^weight: no-such-commit is not a commit of this repository/);
});
