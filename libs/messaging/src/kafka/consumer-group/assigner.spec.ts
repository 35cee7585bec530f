import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, type MemberClaim } from './assigner.ts';

const claim = (member: string, holds: readonly number[] = [], generation = 1): MemberClaim => ({
  member,
  holds,
  generation,
});
const all = (partitions: number): number[] => Array.from({ length: partitions }, (_, number) => number);

describe('the assigner of partition numbers', () => {
  it('gives all to the only member', () => {
    expect(assign([claim('a')], 4).get('a')).toEqual([0, 1, 2, 3]);
  });

  it('takes from members that hold numbers, and only the share of the newcomer', () => {
    const shares = assign([claim('a', [0, 1, 2, 3, 4, 5]), claim('b', [6, 7, 8, 9, 10, 11]), claim('c', [], -1)], 12);
    expect(shares).toEqual(
      new Map([
        ['a', [0, 1, 2, 3]],
        ['b', [6, 7, 8, 9]],
        ['c', [4, 5, 10, 11]],
      ]),
    );
  });

  it('moves nothing when no member joined or left', () => {
    const shares = assign([claim('a', [3, 1]), claim('b', [0, 2, 4])], 5);
    expect(shares).toEqual(
      new Map([
        ['a', [1, 3]],
        ['b', [0, 2, 4]],
      ]),
    );
  });

  it('prefers the later of two claims to the same number', () => {
    const shares = assign([claim('back-from-a-pause', [0, 1], 3), claim('owner', [0, 1], 7)], 2);
    expect(shares.get('owner')).toContain(0);
    expect(shares.get('back-from-a-pause')).toEqual([1]);
  });

  it('leaves members idle where there are too few numbers', () => {
    expect(
      [...assign([claim('a'), claim('b'), claim('c')], 2).values()]
        .map(({ length }) => length)
        .toSorted((x, y) => x - y),
    ).toEqual([0, 1, 1]);
  });

  const claims = fc.uniqueArray(
    fc.record({
      member: fc.string({ minLength: 1 }),
      holds: fc.uniqueArray(fc.nat(40)),
      generation: fc.integer({ min: -1, max: 5 }),
    }),
    { selector: ({ member }) => member, minLength: 1, maxLength: 8 },
  );

  it('gives each number to one member, evenly, in any order of the members', () =>
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 40 }), (members, partitions) => {
        const shares = assign(members, partitions);
        expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual(all(partitions));
        const sizes = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(assign(members.toReversed(), partitions)).toEqual(shares);
      }),
    ));

  it('moves nothing when it runs again', () =>
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 40 }), (members, partitions) => {
        const shares = assign(members, partitions);
        expect(
          assign(
            [...shares].map(([member, numbers]) => claim(member, numbers, 9)),
            partitions,
          ),
        ).toEqual(shares);
      }),
    ));
});
