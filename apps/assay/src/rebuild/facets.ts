import { chargesIn, focusCsv } from '@assay/billing';
import type { Store } from '@assay/event-sourcing';
import { canonical } from './canonical.ts';
import { foldsIn, parkedIn, statesIn, type StoreEntry } from './stores.ts';

/** A part of a store to compare: its entries in the order of their keys, all or some. */
export interface StoreFacet {
  readonly what: string;
  entries(store: Store, partition: number, only?: ReadonlySet<string>): AsyncIterator<StoreEntry>;
}

const states: StoreFacet = {
  what: 'keys',
  async *entries(store, partition, only) {
    if (!only) {
      yield* statesIn(store, partition);
      return;
    }
    const found = await store.read(partition, [...only]);
    yield* [...found.values()].map(({ key, state }) => ({ key, text: foldsIn(state) })).toSorted(byKey);
  },
};

/** For lists that are short enough to be read as a whole. Each line is its own key. */
const linesOf = (what: string, read: (store: Store, partition: number) => Promise<readonly string[]>): StoreFacet => ({
  what,
  async *entries(store, partition, only) {
    const lines = await read(store, partition);
    yield* lines
      .filter((line) => only?.has(line) ?? true)
      .map((line) => ({ key: line, text: '' }))
      .toSorted(byKey);
  },
});

const byKey = (a: StoreEntry, b: StoreEntry): number => (a.key < b.key ? -1 : 1);

const parked = linesOf('parked events', async (store, partition) => (await parkedIn(store, partition)).map(canonical));

const focus = linesOf('lines of the FOCUS export', async (store, partition) => {
  const alone = {
    scan: (at: number, after: string | undefined, most: number) =>
      at === 0 ? store.scan(partition, after, most) : Promise.resolve([]),
  };
  return focusCsv(await chargesIn(alone, 1))
    .trimEnd()
    .split('\n')
    .slice(1);
});

export const facetsOf = (service: string): readonly StoreFacet[] => [
  states,
  parked,
  ...(service === 'billing' ? [focus] : []),
];
