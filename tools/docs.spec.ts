import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { catalogue } from './settings.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const files = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dist' || name.startsWith('.')) return [];
    return statSync(join(root, path)).isDirectory() ? files(path, ending) : path.endsWith(ending) ? [path] : [];
  });

const sources = ['apps', 'libs']
  .flatMap((folder) => files(folder, '.ts'))
  .filter((path) => path.includes('/src/') && !path.startsWith('libs/testing/') && !path.endsWith('.spec.ts'));

it('every setting that a source names is declared', () => {
  const declared = new Set(catalogue().map(({ name }) => name));
  const undeclared = sources.flatMap((path) =>
    [...read(path).matchAll(/\bASSAY_[A-Z_]+\b/g)]
      .filter(([name]) => !declared.has(name))
      .map(([name]) => `${path}: ${name}`),
  );
  expect(undeclared).toEqual([]);
  expect(declared.size).toBeGreaterThan(80);
});

it('settings are read through their declarations only', () => {
  const raw = /\benv\??\.ASSAY_|\benv\??\.?\[['"`]ASSAY_|\{[^{}]*\bASSAY_[A-Z_]+: [a-z][^{}]*\}: (Env|NodeJS)/;
  expect(sources.filter((path) => raw.test(read(path)))).toEqual([]);
});

const longest = 25;
/** Sentences of Markdown; a value in backticks is one word. */
const sentencesOf = (text: string): string[] => text.replaceAll(/`[^`]*`/g, 'value').split(/(?<=[.:;]) /);

it('settings are explained in short sentences that begin with their subject', () => {
  const broken = catalogue().flatMap(({ name, summary, production = '' }) =>
    [...sentencesOf(summary), ...sentencesOf(production)]
      .filter((line) => line.split(' ').length > longest || /^(What|Who|Whose|Where|Which|That)\b/.test(line))
      .map((line) => `${name}: ${line}`),
  );
  expect(broken).toEqual([]);
});

it('links in the docs lead somewhere', () => {
  const broken = files('.', '.md').flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(#[^)]*)?\)/g)]
      .filter((match) => !existsSync(resolve(root, dirname(path), match[1]!)))
      .map((match) => `${relative(root, path)}: ${match[1]}`),
  );
  expect(broken).toEqual([]);
});

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Rows of the table below a heading, cell by cell. */
const rowsBelow = (path: string, heading: string): string[][] =>
  (read(path).split(`\n## ${heading}\n`)[1] ?? '')
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '));

/** `file`: "title"; "title" of the same file; `another file`: "title". */
const testsNamed = (cell: string): [file: string, title: string][] => {
  let file = '';
  return cell.split('; ').map((part) => {
    const [, named, title] = /^(?:`([^`]+)`: )?"([^"]+)"$/.exec(part) ?? [];
    file = named ?? file;
    return [file, title ?? ''];
  });
};

it('each threat lists its defence, its residual risk, and an existing test', () => {
  const rows = rowsBelow('docs/security.md', 'Threats');
  expect(rows.length).toBeGreaterThan(15);
  for (const [threat, stops, left, shown, ...more] of rows) {
    expect(
      [threat, stops, left].every((cell) => cell !== undefined && cell.trim().length > 3),
      threat,
    ).toBe(true);
    expect(more, threat).toEqual([]);
    for (const [file, title] of testsNamed(shown!)) {
      expect(title, `${threat}: ${shown}`).not.toBe('');
      expect(existsSync(join(root, file)), `${threat}: ${file}`).toBe(true);
      expect(
        new RegExp(
          `\\(\\s*'${escaped(title)}'|title:\\s+'${escaped(title)}'|'(?:beyond|[A-Z]\\d+)',\\s+'${escaped(title)}'`,
        ).test(read(file)),
        `${threat}: ${file} has no "${title}"`,
      ).toBe(true);
    }
  }
});
