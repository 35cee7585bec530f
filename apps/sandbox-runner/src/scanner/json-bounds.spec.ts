import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tooMuchJson } from './json-bounds.ts';

const why = (text: string): string | undefined => tooMuchJson(Buffer.from(text));

describe('what may be parsed as JSON', () => {
  it('is any shallow JSON with any texts in it', () =>
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5, depthSize: 'small' }),
        fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', 'x') }),
        (value, text) => {
          expect(why(JSON.stringify([value, text, text + '['.repeat(100)]))).toBeUndefined();
        },
      ),
    ));

  it('is not deeper than any honest report', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 68 }),
        fc.constantFrom('[', '{"a":', '{"\\"":'),
        fc.string({ unit: fc.constantFrom('"', '\\', ']', '}') }),
        (depth, opening, text) => {
          const closing = opening === '[' ? ']' : '}';
          expect(why(opening.repeat(depth) + JSON.stringify(text) + closing.repeat(depth))).toBe(
            depth > 64 ? 'nested deeper than 64' : undefined,
          );
        },
      ),
    ));

  it.each(['[],', '{},', '0,', '"":0,'])('is not made of millions of %s', (piece) => {
    expect(why(`[${piece.repeat(4_000_001)}`)).toBe('more than 4000000 values');
    expect(why(`[${piece.repeat(1_000_000)}`)).toBeUndefined();
  });

  it.each(['"', '"\\', '"\\"', '\\"', ']]]]', ''])('may be no JSON at all: %s', (text) =>
    expect(why(text)).toBeUndefined(),
  );
});
