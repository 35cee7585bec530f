import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { filterOf as filterOfHashes, hashOf, openFilter } from './text-filter.ts';

const filterOf = (texts: readonly string[], most: number): string => filterOfHashes(texts.map(hashOf), most);

it('finds every text that was put in, of any number', () =>
  fc.assert(
    fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 100 }), (texts, most) => {
      const has = openFilter(filterOf(texts, most));
      expect(texts.filter((text) => !has(text))).toEqual([]);
    }),
  ));

it('finds few others', () => {
  const texts = Array.from({ length: 200 }, (_, n) => `cve-2026-${n}`);
  const has = openFilter(filterOf(texts, 450));
  const others = Array.from({ length: 10_000 }, (_, n) => `cve-2025-${n}`);
  expect(others.filter((text) => has(text)).length).toBeLessThan(200);
  const empty = openFilter(filterOf([], 450));
  expect(others.filter((text) => empty(text))).toEqual([]);
});

it('grows with its texts up to the limit, and then finds more others', () => {
  const texts = (count: number) => Array.from({ length: count }, (_, n) => `cve-2026-${n}`);
  expect([0, 10, 1000].map((count) => filterOf(texts(count), 450).length)).toEqual([8, 20, 604]);
  const has = openFilter(filterOf(texts(3000), 450));
  const others = Array.from({ length: 1000 }, (_, n) => `cve-2025-${n}`).filter((text) => has(text)).length;
  expect(others).toBeGreaterThan(100);
  expect(others).toBeLessThan(900);
});
