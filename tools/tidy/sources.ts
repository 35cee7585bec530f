import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';

export const root = resolve(import.meta.dirname, '../..');

/** A comment, or several `//` lines that follow each other. `line` counts from 1. */
export interface Comment {
  readonly line: number;
  readonly text: string;
}

/** A TypeScript file of the repository, as the rules look at it. */
export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly comments: readonly Comment[];
  /** The titles of its tests, where it is a spec. */
  readonly titles: readonly Comment[];
  /** Names of the types, interfaces, classes and enums that it declares and exports. */
  readonly types: readonly string[];
}

const leftOut = new Set(['node_modules', 'dist', '.git', '.nx']);

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (leftOut.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : entry.name.endsWith('.ts') ? [path] : [];
  });

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

const withoutStars = (value: string): string => value.replaceAll(/^[ \t]*\*+ ?/gm, '').trim();

const commentsIn = (path: string, text: string): Comment[] => {
  const found: { line: number; text: string; end: number; isLine: boolean }[] = [];
  for (const { type, value, start, end } of parseSync(path, text).comments) {
    const before = found.at(-1);
    const isLine = type === 'Line';
    if (before && isLine && before.isLine && /^\r?\n[ \t]*$/.test(text.slice(before.end, start)))
      found[found.length - 1] = { ...before, text: `${before.text} ${value.trim()}`, end };
    else found.push({ line: lineAt(text, start), text: withoutStars(value), end, isLine });
  }
  return found.map(({ line, text: words }) => ({ line, text: words }));
};

const titlePattern = /^[ \t]*(?:it|describe)(?:\.each\b[^\n]*?)?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gm;

const titlesIn = (text: string): Comment[] =>
  [...text.matchAll(titlePattern)].map((match) => ({
    line: lineAt(text, match.index + match[0].length),
    text: match[2] ?? '',
  }));

const typePattern = /^export (?:declare )?(?:abstract )?(?:type|interface|class|enum) (\w+)/gm;

export const sourceOf = (path: string, text: string): SourceFile => ({
  path,
  text,
  comments: commentsIn(path, text),
  titles: path.endsWith('.spec.ts') ? titlesIn(text) : [],
  types: [...text.matchAll(typePattern)].flatMap(([, name]) => name ?? []),
});

/** Every TypeScript file of the repository that is written by hand. */
export const sources = (): SourceFile[] =>
  filesIn(root).map((path) => sourceOf(relative(root, path), readFileSync(path, 'utf8')));
