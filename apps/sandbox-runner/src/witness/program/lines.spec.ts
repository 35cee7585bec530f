import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter } from './lines.ts';

const linesOf = (...chunks: readonly (string | Buffer)[]): string[] => {
  const found: string[] = [];
  const lines = new LineSplitter((line) => found.push(line));
  for (const chunk of chunks) lines.write(Buffer.from(chunk));
  lines.end();
  return found;
};

it('lines are those of the text, at any boundary of the chunks', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '\n', 'ü', '', ': ', '\t'), { maxLength: 30 }),
      fc.nat(5),
      (parts, size) => {
        const text = parts.join('');
        const bytes = Buffer.from(text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / (size + 1)) }, (_, nth) =>
          bytes.subarray(nth * (size + 1), (nth + 1) * (size + 1)),
        );
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(linesOf(...chunks)).toEqual(expected);
      },
    ),
  ));

it('the last line needs no end', () => {
  expect(linesOf('one\ntwo')).toEqual(['one', 'two']);
  expect(linesOf('one\n')).toEqual(['one']);
  expect(linesOf('\n\n')).toEqual(['', '']);
  expect(linesOf()).toEqual([]);
});

it('lines of Windows end before the carriage return', () => {
  expect(linesOf('one\r', '\ntwo\r\n', '\r\n')).toEqual(['one', 'two', '']);
});

it('a line of any length is one line, of which the beginning is handed out', () => {
  const cut: boolean[] = [];
  const found: number[] = [];
  const lines = new LineSplitter((line, isCut) => {
    found.push(line.length);
    cut.push(isCut);
  });
  for (const length of [4096, 4097, 200_000, 3]) {
    for (let written = 0; written < length; written += 1000)
      lines.write(Buffer.alloc(Math.min(1000, length - written), 'x'));
    lines.write(Buffer.from('\n'));
  }
  lines.end();
  expect(found).toEqual([4096, 4096, 4096, 3]);
  expect(cut).toEqual([false, true, true, false]);
});

it('a chunk may be changed after it was written', () => {
  const found: string[] = [];
  const lines = new LineSplitter((line) => found.push(line));
  const chunk = Buffer.from('begin');
  lines.write(chunk);
  chunk.fill('x');
  lines.write(Buffer.from('ning\n'));
  expect(found).toEqual(['beginning']);
});
