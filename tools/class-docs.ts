import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSync } from 'oxc-parser';

const root = resolve(import.meta.dirname, '..');

/** The comments of one class: on each of its own fields, by name, and the class that it extends. */
interface ClassDocs {
  readonly parent: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

type Node = { readonly type: string; readonly start: number } & Record<string, unknown>;

const nameOf = (node: unknown): string | undefined => (node as { name?: string } | null)?.name;

const classIn = (statement: Node): Node | undefined => {
  const node = (statement['declaration'] ?? statement) as Node;
  return node.type === 'ClassDeclaration' ? node : undefined;
};

/** One paragraph without the stars of the comment. */
const paragraph = (value: string): string =>
  value
    .replaceAll(/^[ \t]*\*+ ?/gm, '')
    .trim()
    .replaceAll(/[ \t]*\n[ \t]*(?![-\n])/g, ' ');

const docsIn = (path: string): [string, ClassDocs][] => {
  const text = readFileSync(path, 'utf8');
  const { program, comments } = parseSync(path, text);
  const before = (start: number): string | undefined => {
    const comment = comments.findLast(({ end }) => end <= start);
    const isDoc = comment?.type === 'Block' && comment.value.startsWith('*');
    return comment && isDoc && text.slice(comment.end, start).trim() === '' ? paragraph(comment.value) : undefined;
  };
  return (program.body as unknown as Node[]).flatMap((statement) => {
    const node = classIn(statement);
    const name = nameOf(node?.['id']);
    if (!node || name === undefined) return [];
    const members = (node['body'] as { body: Node[] }).body;
    const fields = members.flatMap((member): [string, string][] => {
      const field = nameOf(member['key']);
      const doc = before(Math.min(member.start, ...((member['decorators'] ?? []) as Node[]).map(({ start }) => start)));
      return field !== undefined && doc !== undefined ? [[field, doc]] : [];
    });
    return [[name, { parent: nameOf(node['superClass']), fields: new Map(fields) }]];
  });
};

let known: ReadonlyMap<string, ClassDocs> | undefined;

const classes = (): ReadonlyMap<string, ClassDocs> =>
  (known ??= new Map(
    globSync('libs/events/src/**/*.ts', { cwd: root }).flatMap((path) => docsIn(resolve(root, path))),
  ));

/** The comment on a field of an event class or of a part, from its source. Undefined if there is none. */
export const fieldDoc = (className: string, field: string): string | undefined => {
  const found = classes().get(className);
  return found && (found.fields.get(field) ?? (found.parent === undefined ? undefined : fieldDoc(found.parent, field)));
};
