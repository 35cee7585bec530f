import fc from 'fast-check';

/** A change of some bytes. Its position is a share of the whole, so that it fits inputs of any length. */
export type ByteEdit =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly to: string }
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'remove' | 'repeat'; readonly at: number; readonly many: number }
  | { readonly kind: 'move'; readonly at: number; readonly from: number; readonly many: number }
  | { readonly kind: 'line'; readonly at: number; readonly what: 'remove' | 'double' | 'swap' }
  | { readonly kind: 'put'; readonly at: number; readonly text: string };

const share = 2 ** 16;
const place = fc.nat({ max: share - 1 });
const many = fc.oneof(fc.integer({ min: 1, max: 16 }), fc.constantFrom(100, 511, 512, 513, 1024));

/** @param tokens tokens of the format: a change that keeps the input readable reaches further */
export const byteEdits = (tokens: readonly string[], maxLength = 6): fc.Arbitrary<ByteEdit[]> =>
  fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat({ max: 7 }) }),
      fc.record({
        kind: fc.constant('set' as const),
        at: place,
        to: fc.constantFrom(
          '00',
          'ff',
          '7f',
          '80',
          '20',
          '0a',
          '2f',
          '30',
          '37',
          'ffffffff',
          '00000000',
          '7fffffff',
          '80000000',
        ),
      }),
      fc.record({
        kind: fc.constant('insert' as const),
        at: place,
        text: fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 8 })),
      }),
      fc.record({ kind: fc.constantFrom('remove' as const, 'repeat' as const), at: place, many }),
      fc.record({ kind: fc.constant('move' as const), at: place, from: place, many }),
      fc.record({
        kind: fc.constant('line' as const),
        at: place,
        what: fc.constantFrom('remove' as const, 'double' as const, 'swap' as const),
      }),
      fc.record({ kind: fc.constant('put' as const), at: place, text: fc.constantFrom(...tokens) }),
    ),
    { maxLength },
  );

const spot = (length: number, at: number): number => Math.min(length, Math.floor((at / share) * (length + 1)));

const withLine = (bytes: Buffer, at: number, change: (lines: string[], line: number) => string[]): Buffer => {
  const lines = bytes.toString('latin1').split('\n');
  return Buffer.from(change(lines, Math.min(lines.length - 1, spot(lines.length - 1, at))).join('\n'), 'latin1');
};

const lineChanges: Readonly<Record<'remove' | 'double' | 'swap', (lines: string[], line: number) => string[]>> = {
  remove: (lines, line) => lines.toSpliced(line, 1),
  double: (lines, line) => lines.toSpliced(line, 0, lines[line]!),
  swap: (lines, line) => lines.toSpliced(line, 2, ...lines.slice(line, line + 2).toReversed()),
};

const one = (bytes: Buffer, edit: ByteEdit): Buffer => {
  const at = spot(bytes.length, edit.at);
  switch (edit.kind) {
    case 'flip': {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = copy[at]! ^ (1 << edit.bit);
      return copy;
    }
    case 'set': {
      const copy = Buffer.from(bytes);
      Buffer.from(edit.to, 'hex').copy(copy, at);
      return copy;
    }
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(edit.text), bytes.subarray(at)]);
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + edit.many)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at + edit.many), bytes.subarray(at)]);
    case 'move': {
      const from = spot(bytes.length, edit.from);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + edit.many), bytes.subarray(at)]);
    }
    case 'line':
      return withLine(bytes, edit.at, lineChanges[edit.what]);
    case 'put':
      return withLine(bytes, edit.at, (lines, line) => lines.toSpliced(line, 0, edit.text));
    default:
      return edit satisfies never;
  }
};

export const edited = (bytes: Buffer | string, edits: readonly ByteEdit[]): Buffer =>
  edits.reduce(one, Buffer.from(bytes));
