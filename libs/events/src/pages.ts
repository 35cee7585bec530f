/** Maximum size of a page in bytes of JSON, so that no broker refuses it. */
export const pageBytes = 256 * 1024;

/**
 * Splits the lists of a large event into pages. The head is in every page.
 * The lists are distributed one after the other, so `findings` are complete before `packages` begin.
 * @returns at least one page, numbered from 1
 */
export const intoPages = <Head extends object, Lists extends Record<string, readonly unknown[]>>(
  head: Head,
  lists: Lists,
  limit = pageBytes,
): (Head & Lists & { page: number; pages: number })[] => {
  const pages: Record<string, unknown[]>[] = [];
  let page: Record<string, unknown[]> = {};
  let room: number | undefined;
  let left = 0;
  for (const [name, items] of Object.entries(lists)) {
    for (const item of items) {
      const bytes = Buffer.byteLength(JSON.stringify(item)) + 1;
      if (pages.length === 0 || bytes > left) {
        // Measure the head only if there is an item: serializing it costs time.
        room ??= Math.max(1, limit - Buffer.byteLength(JSON.stringify(head)) - 1024);
        page = {};
        pages.push(page);
        left = room;
      }
      (page[name] ??= []).push(item);
      left -= bytes;
    }
  }
  if (pages.length === 0) pages.push({});
  const empty = Object.fromEntries(Object.keys(lists).map((name) => [name, []]));
  return pages.map((part, index) => ({ ...head, ...empty, ...part, page: index + 1, pages: pages.length }) as never);
};

/** The pages of a set received so far, complete or not. */
export interface PageSet<Page> {
  readonly pages: readonly Page[];
}

/**
 * Adds a page. Page 1 starts a new set, so the unfinished pages of an interrupted sender are discarded.
 * A page that does not follow the last page leaves the set unchanged.
 */
export const withPage = <Page extends { page: number; pages: number }>(
  set: PageSet<Page> | undefined,
  page: Page,
): PageSet<Page> => {
  if (page.page === 1) return { pages: [page] };
  return set && set.pages.length === page.page - 1 ? { pages: [...set.pages, page] } : (set ?? { pages: [] });
};

export const isComplete = <Page extends { pages: number }>(set: PageSet<Page> | undefined): set is PageSet<Page> =>
  set !== undefined && set.pages.length === set.pages[0]?.pages;
