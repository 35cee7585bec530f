import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, highestVersion, versionsIn } from './versions.ts';

/** Each list from the oldest version to the newest. */
const ofSystems = [
  ['3.0.11-1~deb12u2', '3.0.15-1~deb12u1', '3.5.1-1+deb13u1'],
  ['1.0~rc1-1', '1.0-1', '1.0-1+b1', '1.0-1.1', '1.0.1-1', '1.10-1', '1:0.1-1'],
  ['2.9.14+dfsg-1.2', '2.9.14+dfsg-1.3~deb12u1', '2.9.14+dfsg-1.3'],
  ['1.36.1-r2', '1.36.1-r15', '1.36.1-r28'],
  ['8.5p1-2', '8.9p1-1', '9.2p1-2'],
];
const ofLanguages = [
  ['1.2.6', 'v1.3.0', '1.10.0', '2.0.0-rc.1', '2.0.0'],
  ['2.12.4', '2.17.1', '2.17.1.1'],
  ['4.17.20', '4.17.21'],
];

describe('versions', () => {
  it.each([...ofSystems.map((list) => [list, true] as const), ...ofLanguages.map((list) => [list, false] as const)])(
    'are in order: %j',
    (list, isOfSystem) => {
      expect(list.toReversed().toSorted((a, b) => compareVersions(a, b, isOfSystem))).toEqual(list);
    },
  );

  it('are the same with leading zeros, and with what is only a build', () => {
    expect(compareVersions('1.05-1', '1.5-1', true)).toBe(0);
    expect(compareVersions('1.5.0+build7', 'v1.5.0', false)).toBe(0);
  });

  it('are in one order, also if they are no versions', () =>
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...'019.-~+:a_é') }), { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        ([a, b, c], isOfSystem) => {
          const compare = (x: string, y: string): number => Math.sign(compareVersions(x, y, isOfSystem));
          expect(compare(a!, a!)).toBe(0);
          expect(compare(a!, b!) + compare(b!, a!)).toBe(0);
          if (compare(a!, b!) <= 0 && compare(b!, c!) <= 0) expect(compare(a!, c!)).toBeLessThanOrEqual(0);
        },
      ),
    ));

  it('of several lines of releases are one text, of which the highest counts', () => {
    expect(versionsIn('2.17.1, 2.12.4,2.3.2, ')).toEqual(['2.17.1', '2.12.4', '2.3.2']);
    expect(highestVersion(['2.12.4', '2.3.2, 2.17.1'], false)).toBe('2.17.1');
    expect(highestVersion([''], true)).toBeUndefined();
  });
});
