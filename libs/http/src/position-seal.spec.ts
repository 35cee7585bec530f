import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PositionSeal } from './position-seal.ts';

const seal = new PositionSeal({ signingKey: 'k' });

it('opens what a process with the same key sealed, and nothing else', () =>
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.nat(), (position, place) => {
      const text = seal.seal('writes', position);
      expect(text).toMatch(/^[\w-]+$/);
      expect(new PositionSeal({ signingKey: 'k' }).unseal('writes', text)).toEqual(position);
      expect(new PositionSeal({ signingKey: 'other' }).unseal('writes', text)).toBeUndefined();
      expect(seal.unseal('changes', text)).toBeUndefined();
      const damaged = Buffer.from(text, 'base64url');
      damaged[place % damaged.length]! ^= 1;
      expect(seal.unseal('writes', damaged.toString('base64url'))).toBeUndefined();
      expect(seal.unseal('writes', text.slice(0, place % text.length))).toBeUndefined();
    }),
  ));

it('shows neither how large the offsets are nor that nothing happened', () => {
  const [small, again, large] = [
    [0, 0],
    [0, 0],
    [123_456_789, 987_654_321],
  ].map((position) => seal.seal('writes', position));
  expect(small).not.toBe(again);
  expect(small).toHaveLength(large!.length);
});

it('makes a key of its own without one', () => {
  expect(new PositionSeal().unseal('writes', new PositionSeal().seal('writes', [1]))).toBeUndefined();
});
