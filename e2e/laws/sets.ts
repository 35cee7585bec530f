import { inOrder, nameOf, sumOf, type SetEntry, type SumOfEntries } from './entries.ts';

/** The part of a page that carries a set. Events of old have no `content`: theirs are whole sets. */
export interface ContentPage {
  readonly page: number;
  readonly pages: number;
  readonly content?: 'set' | 'change' | 'none';
  readonly set?: SumOfEntries;
  readonly ruled?: readonly { readonly state: string; readonly ruleId?: string; readonly at: readonly number[] }[];
  readonly removed?: readonly number[];
  readonly findings: readonly SetEntry[];
}

/** Pages of one sender, in the order of the log. */
export class PageAssembly<Page extends { readonly page: number; readonly pages: number }> {
  #begun: { readonly id: string; readonly sameness: string; readonly pages: Page[] } | undefined;

  /**
   * @param sameness equal for pages of one answer only
   * @returns all pages and the id of the first, once they are there. Page 1 begins again; a page that does not follow
   *   the one before is passed over.
   */
  add(id: string, sameness: string, page: Page): { readonly id: string; readonly pages: readonly Page[] } | undefined {
    if (page.page === 1) this.#begun = { id, sameness, pages: [] };
    const begun = this.#begun;
    if (begun?.sameness !== sameness || begun.pages.length !== page.page - 1) return undefined;
    begun.pages.push(page);
    if (begun.pages.length < page.pages) return undefined;
    this.#begun = undefined;
    return { id: begun.id, pages: begun.pages };
  }
}

/** A set after all pages of an event, or why there is none. */
export type Folded = { readonly entries: readonly SetEntry[] } | { readonly fault: string };

/**
 * @param base the set before, in canonical order; undefined if there is none
 */
export const folded = (base: readonly SetEntry[] | undefined, pages: readonly ContentPage[]): Folded => {
  const head = pages[0]!;
  const put = pages.flatMap(({ findings }) => findings);
  const after = head.content === 'change' ? changed(base, head, put) : uniquely(put);
  if ('fault' in after) return after;
  for (const { page, set } of pages) {
    if (set === undefined) continue;
    const sum = sumOf(after.entries);
    if (set.count !== sum.count || set.sum !== sum.sum)
      return {
        fault:
          `page ${page} publishes ${set.count} findings with the sum ${set.sum}, and they are ${sum.count} ` +
          `with ${sum.sum}`,
      };
  }
  return after;
};

const uniquely = (entries: readonly SetEntry[]): Folded => {
  const names = new Set(entries.map(nameOf));
  return names.size === entries.length
    ? { entries: inOrder(entries) }
    : { fault: `a set has ${entries.length - names.size} entries twice` };
};

const changed = (
  base: readonly SetEntry[] | undefined,
  { ruled = [], removed = [] }: ContentPage,
  put: readonly SetEntry[],
): Folded => {
  if (!base) return { fault: 'a change has no set before it' };
  const positions = [...ruled.flatMap(({ at }) => at), ...removed];
  const beyond = positions.find((position) => !(position in base));
  if (beyond !== undefined) return { fault: `position ${beyond} is not in a set of ${base.length}` };
  if (new Set(positions).size < positions.length) return { fault: 'a change names a position twice' };
  const entries = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const { state, ruleId, at } of ruled)
    for (const position of at) {
      const { ruleId: _before, ...entry } = base[position]!;
      entries.set(nameOf(entry), { ...entry, state, ...(ruleId === undefined ? {} : { ruleId }) });
    }
  for (const position of removed) entries.delete(nameOf(base[position]!));
  for (const entry of put) entries.set(nameOf(entry), entry);
  return { entries: inOrder(entries.values()) };
};
