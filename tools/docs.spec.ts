import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { definitionOf } from '@assay/events';
import { goneSettings } from '@assay/process';
import { obstacles } from '@assay/verdict';
import { catalogue } from './settings.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const files = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (['node_modules', 'dist', 'release'].includes(name) || name.startsWith('.')) return [];
    return statSync(join(root, path)).isDirectory() ? files(path, ending) : path.endsWith(ending) ? [path] : [];
  });

const sources = ['apps', 'libs']
  .flatMap((folder) => files(folder, '.ts'))
  .filter((path) => path.includes('/src/') && !path.startsWith('libs/testing/') && !path.endsWith('.spec.ts'));

/** Properties of a statement about an image, which are no settings. */
const properties = ['ASSESSED', 'HEALTHY', 'NO_CRITICAL', 'NO_HIGH', 'ALLOWED'].map((name) => `ASSAY_${name}`);

it('every setting that a source names is declared', () => {
  const declared = new Set([...catalogue().map(({ name }) => name), ...Object.keys(goneSettings), ...properties]);
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

it('every reason for a doubt is explained', () => {
  const usage = read('docs/usage.md');
  const reasons = obstacles.flatMap(({ reason, against }) => (typeof reason === 'string' ? [{ reason, against }] : []));
  const missing = reasons.filter(
    ({ reason, against }) =>
      !usage.includes(
        against === 'absence' && !reason.endsWith('not-supported') ? `\n| \`${reason}\` |` : `\`${reason}\``,
      ),
  );
  expect(missing).toEqual([]);
  expect(reasons.length).toBeGreaterThan(15);
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

/** Fails for a test that does not exist: a title of a test, of an input, or of a row of either. */
const expectExisting = (row: string, shown: string): void => {
  for (const [file, title] of testsNamed(shown)) {
    expect(title, `${row}: ${shown}`).not.toBe('');
    expect(existsSync(join(root, file)), `${row}: ${file}`).toBe(true);
    expect(
      new RegExp(
        `[([]\\s*'${escaped(title)}'|title:\\s+'${escaped(title)}'|'(?:beyond|[A-Z]\\d+)',\\s+'${escaped(title)}'`,
      ).test(read(file)),
      `${row}: ${file} has no "${title}"`,
    ).toBe(true);
  }
};

it('each way to look clean lists its answer, what stops it, and an existing test', () => {
  const rows = rowsBelow('docs/security.md', 'Ways to look clean');
  expect(rows.length).toBeGreaterThan(15);
  for (const [way, answer, stops, shown, ...more] of rows) {
    expect(
      [way, answer, stops].every((cell) => cell !== undefined && cell.trim().length > 3),
      way,
    ).toBe(true);
    expect(more, way).toEqual([]);
    expectExisting(way!, shown!);
  }
});

it('each threat lists its defence, its residual risk, and an existing test', () => {
  const rows = rowsBelow('docs/security.md', 'Threats');
  expect(rows.length).toBeGreaterThan(15);
  for (const [threat, stops, left, shown, ...more] of rows) {
    expect(
      [threat, stops, left].every((cell) => cell !== undefined && cell.trim().length > 3),
      threat,
    ).toBe(true);
    expect(more, threat).toEqual([]);
    expectExisting(threat!, shown!);
  }
});

it("each sentence of Azure's page has its answer, and a test that exists if it is true here", () => {
  const { sentences } = JSON.parse(read('tools/azure-page.json')) as { sentences: Record<string, string> };
  const rows = rowsBelow('docs/azure-page.md', 'Sentences');
  expect(rows.map(([number]) => number)).toEqual(Object.keys(sentences));
  for (const [number, sentence, here, answer, shown, ...more] of rows) {
    expect(
      [sentence, answer, shown].every((cell) => cell !== undefined && cell.trim().length > 3),
      number,
    ).toBe(true);
    expect(more, number).toEqual([]);
    expect(['yes', 'no', 'otherwise'], number).toContain(here);
    if (here === 'yes' || shown !== 'none') expectExisting(number!, shown!);
  }
});

/** The anchors of the headings of a document, as GitHub makes them. */
const anchorsIn = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

it('links to a heading lead to one that exists', () => {
  const broken = files('.', '.md').flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:)([^)#\s]*\.md)?#([^)]+)\)/g)]
      .filter(([, file, anchor]) => {
        const target = file === undefined ? path : relative(root, resolve(root, dirname(path), file));
        return !existsSync(join(root, target)) || !anchorsIn(target).includes(anchor!);
      })
      .map(([link]) => `${path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

/** The files that each step of a walk opens, and the names that must be in them. */
const stepsOf = (walk: string) =>
  read(walk)
    .split(/\n(?=\d+\. )/)
    .slice(1)
    .map((step) => step.split('\n\n')[0]!)
    .map((step) => ({
      step,
      opens: [...step.matchAll(/\]\(([^)#]+\.tsx?)\)/g)].map((match) =>
        relative(root, resolve(root, 'docs', match[1]!)),
      ),
      names: [...step.matchAll(/`(#?[a-z][\w.]*)`/gi)]
        .map((match) => match[1]!)
        .filter((name) => definitionOf(name) === undefined && !name.endsWith('.ts')),
    }));

describe.each([
  { walk: 'docs/life-of-a-push.md', title: 'the walk of a push' },
  { walk: 'docs/life-of-a-row.md', title: 'the walk of a row' },
])('$title', ({ walk }) => {
  const steps = stepsOf(walk);

  it('opens one file a step, each once', () => {
    expect(steps.length).toBeGreaterThan(30);
    expect(steps.map(({ step }) => Number(/^\d+/.exec(step)))).toEqual(steps.map((_, at) => at + 1));
    expect(steps.filter(({ opens }) => opens.length !== 1).map(({ step }) => step)).toEqual([]);
    expect(new Set(steps.flatMap(({ opens }) => opens)).size).toBe(steps.length);
  });

  it('names what is in its files', () => {
    const missing = steps.flatMap(({ opens, names }) =>
      names
        .filter((name) => !opens.some((path) => new RegExp(`(?<![#\\w])${escaped(name)}(?!\\w)`).test(read(path))))
        .map((name) => `${opens.join(', ')} has no ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('links each word of our own to the glossary', () => {
    const prose = read(walk)
      .replaceAll(/```[\s\S]*?```|`[^`]*`/g, '')
      .replaceAll(/\[([^\]]*)\]\((?!glossary)[^)]*\)/g, '');
    const linked = [...prose.matchAll(/\[([^\]]+)\]\(glossary\.md#/g)].map((match) => match[1]!.toLowerCase());
    const words = rowsBelow('docs/glossary.md', 'Words of our own').flatMap(([word]) => word!.split(', '));
    expect(words.length).toBeGreaterThan(10);
    const isUsed = (word: string): boolean => new RegExp(`\\b${word}(e?s|ed)?\\b`, 'i').test(prose);
    expect(words.filter((word) => isUsed(word) && !linked.some((link) => link.startsWith(word)))).toEqual([]);
  });
});
