import { isComplete, placementKey, withPage, type PageSet } from '@assay/events';
import type { Received } from './reading.ts';

type Paged = 'scan.completed' | 'finding.classified';

/** All pages of one scan or classification. */
export interface WholeSet<T extends Paged> {
  readonly pages: readonly Received<T>[];
}

/** Complete sets, in their order. An interrupted set does not count: page 1 starts the set again. */
export const wholeSets = <T extends Paged>(received: readonly Received<T>[]): WholeSet<T>[] => {
  interface Page {
    readonly page: number;
    readonly pages: number;
    readonly received: Received<T>;
  }
  const begun = new Map<string, PageSet<Page>>();
  const whole: WholeSet<T>[] = [];
  for (const each of received) {
    const { data } = (each as Received<Paged>).event;
    const key = placementKey(data);
    const set = withPage<Page>(begun.get(key), { page: data.page, pages: data.pages, received: each });
    begun.set(key, set);
    if (!isComplete(set)) continue;
    whole.push({ pages: set.pages.map((page) => page.received) });
    begun.delete(key);
  }
  return whole;
};

/** The data that all pages share. */
export const headOf = <T extends Paged>({ pages }: WholeSet<T>): Received<T>['event']['data'] => pages[0]!.event.data;
