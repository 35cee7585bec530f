import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intoPages, isComplete, pageBytes, withPage, type PageSet } from './index.ts';

const items = fc.array(fc.record({ name: fc.string({ maxLength: 60 }), text: fc.string({ maxLength: 200 }) }), {
  maxLength: 60,
});

describe('pages', () => {
  it('hold every item once, in order, each below the limit', () => {
    fc.assert(
      fc.property(items, items, fc.integer({ min: 1500, max: 4000 }), (findings, packages, limit) => {
        const pages = intoPages({ head: 'h' }, { findings, packages }, limit);
        expect(pages.flatMap((page) => page.findings)).toEqual(findings);
        expect(pages.flatMap((page) => page.packages)).toEqual(packages);
        expect(pages.map(({ page }) => page)).toEqual(pages.map((_, index) => index + 1));
        for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(limit + 1300);
        expect(new Set(pages.map((page) => page.pages))).toEqual(new Set([pages.length]));
      }),
    );
  });

  it('are a single page if there are no items', () => {
    expect(intoPages({}, { findings: [] })).toEqual([{ findings: [], page: 1, pages: 1 }]);
  });

  it('stay below 256 KiB with the usual limit', () => {
    const pages = intoPages(
      { head: 'x'.repeat(2000) },
      { findings: Array.from({ length: 3000 }, (_, n) => ({ n, text: 'ä'.repeat(100) })) },
    );
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(pageBytes);
  });

  it('are complete only when all are there, even after an interrupted set', () => {
    const page = (n: number, of: number, mark = '') => ({ page: n, pages: of, mark });
    let set: PageSet<ReturnType<typeof page>> | undefined;
    for (const next of [page(1, 3, 'old'), page(2, 3, 'old'), page(1, 2), page(2, 2)]) set = withPage(set, next);
    expect(isComplete(set)).toBe(true);
    expect(set!.pages.every(({ mark }) => mark === '')).toBe(true);
    expect(isComplete(withPage(undefined, page(2, 2)))).toBe(false);
    expect(isComplete(withPage(withPage(undefined, page(1, 3)), page(3, 3)))).toBe(false);
    expect(isComplete(undefined)).toBe(false);
  });
});
