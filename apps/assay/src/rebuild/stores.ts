import type { State, Store } from '@assay/event-sourcing';
import { canonical, Sum, summed, type Summed } from './canonical.ts';

/** Comparison of one part, before and after. */
export interface Comparison {
  readonly what: string;
  readonly before: Summed | undefined;
  readonly after: Summed;
  /** Some of the keys that differ. */
  readonly differing: readonly string[];
  /** Number of entries not compared, because the old store stopped between two steps or kept changing. */
  readonly unfinished: number;
}

export const isSame = ({ before, after }: Comparison): boolean =>
  before === undefined || (before.count === after.count && before.sha256 === after.sha256);

export type Readable = Pick<Store, 'scan' | 'parked'>;
export interface StoreEntry {
  readonly key: string;
  readonly text: string;
}

const pageKeys = 200;
export const mostDiffering = 5;

/** The two folds of a stored state, as text. Notes and tallies are in no event, and a restored state has none. */
export const foldsIn = (state: string): string => {
  const { note: _note, tally: _tally, ...folds } = JSON.parse(state) as State<unknown, unknown>;
  return canonical(folds);
};

/** Yields the keys with their states, in order. Wake times, jobs and the outbox are pending work, not state. */
export async function* statesIn(store: Readable, partition: number): AsyncGenerator<StoreEntry> {
  for (let after: string | undefined; ;) {
    const page = await store.scan(partition, after, pageKeys);
    for (const { key, state } of page) yield { key, text: foldsIn(state) };
    after = page.at(-1)?.key;
    if (after === undefined) return;
    await new Promise(setImmediate);
  }
}

async function* nothing(): AsyncGenerator<StoreEntry> {}

const nextOf = async (entries: AsyncIterator<StoreEntry>): Promise<StoreEntry | undefined> => {
  const next = await entries.next();
  return next.done ? undefined : next.value;
};

/** Merges two iterators in the order of keys, with the key of each pair; undefined for a missing entry. */
export async function* paired(
  left: AsyncIterator<StoreEntry>,
  right: AsyncIterator<StoreEntry>,
): AsyncGenerator<readonly [key: string, mine: StoreEntry | undefined, its: StoreEntry | undefined]> {
  let [a, b] = await Promise.all([nextOf(left), nextOf(right)]);
  for (;;) {
    const first = a === undefined || (b !== undefined && b.key < a.key) ? b : a;
    if (first === undefined) return;
    const { key } = first;
    const [mine, its] = [a?.key === key ? a : undefined, b?.key === key ? b : undefined];
    yield [key, mine, its];
    if (mine) a = await nextOf(left);
    if (its) b = await nextOf(right);
  }
}

/**
 * Partitions in which the old store stopped between receiving, emitting and appending: it is behind the log, or has an
 * outbox. The next owner of either store completes the work. Until then they may differ.
 */
export const unsettledIn = async (before: Store, after: Store, partitions: number): Promise<ReadonlySet<number>> => {
  const unsettled = new Set<number>();
  for (let partition = 0; partition < partitions; partition += 1) {
    const [old, rebuilt] = [await before.claim(partition, 0), await after.claim(partition, 0)];
    if (old.outbox.length > 0 || canonical(old.checkpoint.offsets) !== canonical(rebuilt.checkpoint.offsets))
      unsettled.add(partition);
  }
  return unsettled;
};

/** Walks through both stores in the same order, so that neither must fit into memory. */
export const compareStates = async (
  before: Readable | undefined,
  after: Readable,
  partitions: number,
  unsettled: ReadonlySet<number>,
): Promise<Comparison> => {
  const sums = { before: new Sum(), after: new Sum() };
  const differing: string[] = [];
  let unfinished = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    for await (const [key, mine, its] of paired(
      before ? statesIn(before, partition) : nothing(),
      statesIn(after, partition),
    )) {
      const differs = before !== undefined && mine?.text !== its?.text;
      const counts = !differs || !unsettled.has(partition);
      if (!counts) unfinished += 1;
      else if (differs && differing.length < mostDiffering) differing.push(key);
      if (mine && counts) sums.before.add(`${key} ${mine.text}`);
      if (its && counts) sums.after.add(`${key} ${its.text}`);
    }
  }
  return { what: 'keys', before: before && sums.before.total, after: sums.after.total, differing, unfinished };
};

export const parkedIn = async (store: Readable, partition?: number): Promise<readonly object[]> =>
  (await store.parked(partition)).map(({ topic, partition, offset, key, code }) => ({
    topic,
    partition,
    offset,
    key,
    code,
  }));

/** A rebuild parks an event again if it still cannot be handled. */
export const compareParked = async (before: Readable | undefined, after: Readable): Promise<Comparison> =>
  compareLists('parked events', before && (await parkedIn(before)), await parkedIn(after));

export const compareLists = (
  what: string,
  before: readonly unknown[] | undefined,
  after: readonly unknown[],
): Comparison => {
  const known = new Set(after.map(canonical));
  const differing = (before ?? [])
    .map(canonical)
    .filter((text) => !known.has(text))
    .slice(0, mostDiffering)
    .map((text) => text.slice(0, 120));
  return { what, before: before && summed(before), after: summed(after), differing, unfinished: 0 };
};
