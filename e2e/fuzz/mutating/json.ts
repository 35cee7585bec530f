import fc from 'fast-check';
import { hostileJson, hostileTexts } from './hostile.ts';

/** A JSON value as a tree that allows duplicate keys and values that no serializer writes. */
type Node =
  | { readonly text: string }
  | { readonly items: readonly Node[] }
  | { readonly fields: readonly (readonly [key: string, value: Node])[] };

/** A change at one node of a document; the node's index counts from the root, modulo the number of nodes. */
export type JsonEdit =
  | { readonly kind: 'replace'; readonly at: number; readonly by: string }
  | { readonly kind: 'remove' | 'double' | 'wrap' | 'empty'; readonly at: number }
  | { readonly kind: 'copy'; readonly at: number; readonly from: number }
  | { readonly kind: 'rename' | 'add'; readonly at: number; readonly key: string; readonly by: string }
  | { readonly kind: 'many'; readonly at: number; readonly times: number };

const nodes = fc.nat({ max: 200 });

/** @param keys names that the format knows */
export const jsonEdits = (keys: readonly string[], maxLength = 5): fc.Arbitrary<JsonEdit[]> => {
  const key = fc.constantFrom(...keys, ...keys.map((each) => each.toUpperCase()), ...hostileTexts.slice(0, 20));
  const by = fc.oneof(
    fc.constantFrom(...hostileJson),
    fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  );
  return fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('replace' as const), at: nodes, by }),
      fc.record({
        kind: fc.constantFrom('remove' as const, 'double' as const, 'wrap' as const, 'empty' as const),
        at: nodes,
      }),
      fc.record({ kind: fc.constant('copy' as const), at: nodes, from: nodes }),
      fc.record({ kind: fc.constantFrom('rename' as const, 'add' as const), at: nodes, key, by }),
      fc.record({ kind: fc.constant('many' as const), at: nodes, times: fc.constantFrom(2, 250, 1000) }),
    ),
    { maxLength },
  );
};

const parsed = (value: unknown): Node => {
  if (Array.isArray(value)) return { items: value.map(parsed) };
  if (typeof value === 'object' && value !== null)
    return { fields: Object.entries(value).map(([key, each]) => [key, parsed(each)] as const) };
  return { text: JSON.stringify(value) };
};

const written = (node: Node): string => {
  if ('text' in node) return node.text;
  return 'items' in node
    ? `[${node.items.map(written).join(',')}]`
    : `{${node.fields.map(([key, value]) => `${JSON.stringify(key)}:${written(value)}`).join(',')}}`;
};

const all = (node: Node): Node[] => [
  node,
  ...('items' in node
    ? node.items.flatMap(all)
    : 'fields' in node
      ? node.fields.flatMap(([, value]) => all(value))
      : []),
];

type Entry = readonly [key: string | undefined, value: Node];

/** A node whose text is longer than this, in characters, is not repeated. */
const largest = 2 ** 18;
/** A change that would make a document larger than this is left out: repeated repetitions would take all memory. */
const mostSigns = 6 * largest;

const lengths = new WeakMap<Node, number>();

/** Length of a node's text, computed without writing it: one node may stand in thousands of places. */
const lengthOf = (node: Node): number => {
  if ('text' in node) return node.text.length;
  const known = lengths.get(node);
  if (known !== undefined) return known;
  const length =
    'items' in node
      ? node.items.reduce((sum, item) => sum + lengthOf(item) + 1, 2)
      : node.fields.reduce((sum, [key, value]) => sum + JSON.stringify(key).length + lengthOf(value) + 2, 2);
  lengths.set(node, length);
  return length;
};

/** Replaces an entry of a list or an object by none, one or several. */
const changed = ([key, value]: Entry, edit: JsonEdit, others: readonly Node[]): Entry[] => {
  switch (edit.kind) {
    case 'replace':
      return [[key, { text: edit.by }]];
    case 'remove':
      return [];
    case 'double':
      return [
        [key, value],
        [key, value],
      ];
    case 'wrap':
      return [[key, { items: [value] }]];
    case 'empty':
      return [[key, 'items' in value ? { items: [] } : 'fields' in value ? { fields: [] } : { text: '""' }]];
    case 'copy':
      return [[key, others[edit.from % others.length]!]];
    case 'rename':
      return [[key === undefined ? undefined : edit.key, value]];
    case 'add':
      return [
        [key, value],
        [key === undefined ? undefined : edit.key, { text: edit.by }],
      ];
    case 'many':
      return [
        [
          key,
          { items: Array.from({ length: Math.min(edit.times, Math.ceil(largest / lengthOf(value))) }, () => value) },
        ],
      ];
    default:
      return edit satisfies never;
  }
};

const one = (root: Node, edit: JsonEdit): Node => {
  const others = all(root);
  const target = others[edit.at % others.length]!;
  // A repeated node stands in many places; only the first is changed.
  let isChanged = false;
  const entries = (list: readonly Entry[]): Entry[] =>
    list.flatMap((entry) => {
      if (isChanged) return [entry];
      if (entry[1] !== target) return [[entry[0], walk(entry[1])] as const];
      isChanged = true;
      return changed(entry, edit, others);
    });
  const walk = (node: Node): Node => {
    if ('items' in node)
      return { items: entries(node.items.map((item) => [undefined, item] as const)).map(([, value]) => value) };
    return 'fields' in node
      ? {
          fields: entries(node.fields.map(([key, value]) => [key, value] as const)).map(
            ([key, value]) => [key ?? '', value] as const,
          ),
        }
      : node;
  };
  if (target !== root) return walk(root);
  return changed([undefined, root], edit, others)[0]?.[1] ?? { text: '' };
};

/** Applies the changes to the document and returns its text. */
export const editedJson = (document: unknown, edits: readonly JsonEdit[]): string =>
  written(
    edits.reduce((node, edit) => {
      const next = one(node, edit);
      return lengthOf(next) > mostSigns ? node : next;
    }, parsed(document)),
  );
