import { expect, it } from 'vitest';
import { sortedEntries } from './sorted-entries.ts';

it('entries come by their keys, however the record was filled', () => {
  expect(sortedEntries({ b: 1, a: 2, B: 3 })).toEqual([
    ['B', 3],
    ['a', 2],
    ['b', 1],
  ]);
});
