import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'libs/process/src');
const page = readFileSync(join(root, 'docs/logs.md'), 'utf8');

/** The calls of a logger in the sources of a process: level and the text that a line begins with. */
const lines = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
  .flatMap((name) => [
    ...readFileSync(join(folder, name), 'utf8').matchAll(
      /\blogger\.(info|warn|error|fatal)\(\s*(?:(?:\{[^}]*\}|\w+),\s*)?['"`](?<text>[^'"`$:(,]+)/g,
    ),
  ])
  .map(([, level, text = '']) => ({ level, text: text.trim() }))
  .filter(({ text }) => text !== '');

it('docs/logs.md has a row for each kind of line', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const isListed = ({ level, text }: (typeof lines)[number]): boolean =>
    rows.some((row) => row.startsWith(`| \`${level}\` |`) && row.split('|')[2]!.includes(`\`${text}`));
  expect(lines.filter((line) => !isListed(line))).toEqual([]);
  expect(lines.length).toBeGreaterThan(10);
});
