import { expect, it } from 'vitest';
import type { LosingPackage } from '@assay/events';
import { consequencesOf } from '../../test/weighing.ts';
import { consequencesIn, reasonsToHold, sumOf } from './holding.ts';

const limits = { packages: 5, findingsPercent: 10, healthyPercent: 5, weakenedPercent: 10 };
const packagesOf = (count: number, loses: 'all' | 'some', closing = 1): LosingPackage[] =>
  Array.from({ length: count }, (_, at) => ({ bucket: 'debian 13', package: `package-${at}`, closing, loses }));
const estate = { images: 200, findings: 1000 };

it.each([
  ['nothing changes', {}, false],
  ['an image has no advisories any more', { uncovered: 1 }, true],
  ['five packages are emptied', { packages: packagesOf(5, 'all') }, false],
  ['six packages are emptied', { packages: packagesOf(6, 'all') }, true],
  ['twenty packages lose some', { packages: packagesOf(20, 'some') }, false],
  ['21 packages lose some', { packages: packagesOf(21, 'some') }, true],
  ['the kernel loses half of all', { closing: 500, packages: packagesOf(1, 'some', 500) }, false],
  ['others lose a tenth', { closing: 150, packages: packagesOf(1, 'some', 50) }, false],
  ['others lose more than a tenth', { closing: 151, packages: packagesOf(1, 'some', 50) }, true],
  ['ten images become healthy', { healthy: 10 }, false],
  ['eleven of two hundred images become healthy', { healthy: 11 }, true],
  ['many are rated lower, and nearly as many higher', { lowered: 300, raised: 200 }, false],
  ['many are rated lower', { lowered: 301, raised: 200 }, true],
  ['a tenth of the advisories match less', { weakened: 100 }, false],
  ['more match less, whatever is rated higher', { weakened: 101, raised: 200 }, true],
])('a database is held if it is beyond the limits: %s', (_, given, isHeld) => {
  expect(reasonsToHold(consequencesOf({ ...estate, ...given }), limits).length > 0).toBe(isHeld);
});

it('in a small estate no share counts', () => {
  const given = { images: 5, findings: 20, closing: 10, changed: 5, healthy: 5, weakened: 10 };
  expect(reasonsToHold(consequencesOf(given), limits)).toEqual([]);
});

it('answers are added up, packages by their names', () => {
  const answer = { images: 1, findings: 9, closing: 3, changed: 1, healthy: 1, packages: packagesOf(2, 'some', 2) };
  const sum = sumOf([
    consequencesOf(answer),
    consequencesOf(),
    consequencesOf({ ...answer, packages: packagesOf(1, 'some', 1) }),
  ]);
  expect(sum).toMatchObject({ images: 2, findings: 18, closing: 6, changed: 2, healthy: 2 });
  expect(sum.packages.map(({ package: name, closing }) => [name, closing])).toEqual([
    ['package-0', 3],
    ['package-1', 2],
  ]);
  expect(consequencesIn(sum)).toBe('closes 6 findings in 2 images; 2 would become healthy');
});
