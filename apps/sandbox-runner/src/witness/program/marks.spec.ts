import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isMarked, markOf, marksIn } from './marks.ts';

const marked = (paths: readonly string[]) => marksIn(Buffer.concat(paths.map(markOf)));

it('a path is marked if it is among those whose marks were put together', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: 'binary-ascii', minLength: 1 }), { minLength: 1, maxLength: 60 }),
      fc.nat(59),
      (paths, cut) => {
        const [some, others] = [paths.slice(0, cut), paths.slice(cut)];
        const marks = marked(some);
        for (const path of some) expect(isMarked(marks, path)).toBe(true);
        for (const path of others) expect(isMarked(marks, path)).toBe(false);
      },
    ),
  ));

it('no path is marked without marks', () => {
  expect(isMarked(marksIn(Buffer.alloc(0)), '')).toBe(false);
  expect(isMarked(marksIn(Buffer.alloc(0)), 'etc')).toBe(false);
});

it('half a mark is none', () => {
  expect(isMarked(marksIn(markOf('etc').subarray(1)), 'etc')).toBe(false);
  // Marks are found only where one begins.
  const [one, two] = [markOf('etc'), markOf('usr')];
  expect(isMarked(marksIn(Buffer.concat([two.subarray(3), one, two.subarray(0, 3)])), 'etc')).toBe(false);
});

it('a mark has sixteen bytes, so that no two paths of one mark are found', () => {
  expect(markOf('a'.repeat(4096))).toHaveLength(16);
  // These two had one mark when it had six bytes of SHA-1.
  expect(isMarked(marked(['srv/q621383']), 'opt/a9e26ec/status')).toBe(false);
});
