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
  /** The titles of its tests, where it is a spec or a contract suite. */
  readonly titles: readonly Comment[];
  /** Names of the types, interfaces, classes and enums that it declares and exports. */
  readonly types: readonly string[];
}

const leftOut = new Set(['node_modules', 'dist', '.git', '.nx', 'generated']);

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (leftOut.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : /\.tsx?$/.test(entry.name) ? [path] : [];
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

type Node = { readonly type: string; readonly start: number } & Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string';

const children = (node: Node): Node[] => Object.values(node).flat().filter(isNode);

/** The function that is called: `it` of `it('…')`, of `it.each([…])('…')` and the like. */
const calledName = (callee: unknown): string | undefined => {
  if (!isNode(callee)) return undefined;
  if (callee.type === 'Identifier') return callee['name'] as string;
  return calledName(callee['object'] ?? callee['callee'] ?? callee['tag']);
};

const textOf = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  return (node['quasis'] as { readonly value: { readonly raw: string } }[]).map(({ value }) => value.raw).join('…');
};

const titlesIn = (path: string, text: string): Comment[] => {
  const found: Comment[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'CallExpression' && ['it', 'test', 'describe'].includes(calledName(node['callee']) ?? '')) {
      const title = textOf((node['arguments'] as unknown[])[0]);
      if (title !== undefined) found.push({ line: lineAt(text, node.start), text: title });
    }
    children(node).forEach(visit);
  };
  visit(parseSync(path, text).program as unknown as Node);
  return found;
};

const typePattern = /^export (?:declare )?(?:abstract )?(?:type|interface|class|enum) (\w+)/gm;

export const sourceOf = (path: string, text: string): SourceFile => ({
  path,
  text,
  comments: commentsIn(path, text),
  titles: /\.spec\.tsx?$|-contract\.ts$/.test(path) ? titlesIn(path, text) : [],
  types: [...text.matchAll(typePattern)].flatMap(([, name]) => name ?? []),
});

/** Every TypeScript file of the repository that is written by hand. */
export const sources = (): SourceFile[] =>
  filesIn(root).map((path) => sourceOf(relative(root, path), readFileSync(path, 'utf8')));
