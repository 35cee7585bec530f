import type { Store } from '@assay/event-sourcing';
import { canonical, Sum, summed, type Summed } from './canonical.ts';

/** One thing that was compared, before and after. */
export interface Comparison {
  readonly what: string;
  readonly before: Summed | undefined;
  readonly after: Summed;
  /** A few of those that are not the same. */
  readonly differing: readonly string[];
  /** Not compared, because the old store was stopped, or did not hold still, in the middle of them. */
  readonly unfinished: number;
}

export const isSame = ({ before, after }: Comparison): boolean =>
  before === undefined || (before.count === after.count && before.sha256 === after.sha256);

export type Readable = Pick<Store, 'scan' | 'parked'>;
export interface Entry {
  readonly key: string;
  readonly text: string;
}

const pageKeys = 200;
export const mostDiffering = 5;

/** Keys with their states, in order. What wakes a key, its jobs and the outbox are work, not memory. */
export async function* statesIn(store: Readable, partition: number): AsyncGenerator<Entry> {
  for (let after: string | undefined; ;) {
    const page = await store.scan(partition, after, pageKeys);
    for (const { key, state } of page) yield { key, text: canonical(JSON.parse(state)) };
    after = page.at(-1)?.key;
    if (after === undefined) return;
    await new Promise(setImmediate);
  }
}

async function* nothing(): AsyncGenerator<Entry> {}

/** Entries of two that are in the same order of keys, key by key; undefined where one has none. */
export async function* paired(
  left: AsyncIterator<Entry>,
  right: AsyncIterator<Entry>,
): AsyncGenerator<readonly [Entry | undefined, Entry | undefined]> {
  for (let [a, b] = await Promise.all([left.next(), right.next()]); !a.done || !b.done;) {
    const key = a.done ? b.value!.key : b.done ? a.value.key : a.value.key < b.value.key ? a.value.key : b.value.key;
    const [mine, its] = [
      !a.done && a.value.key === key ? (a.value as Entry) : undefined,
      !b.done && b.value.key === key ? (b.value as Entry) : undefined,
    ];
    yield [mine, its];
    if (mine) a = await left.next();
    if (its) b = await right.next();
  }
}

/**
 * Partitions in which the old store was stopped between hearing, saying and appending: it is behind the log, or what it
 * said is not in there. The next owner of either store makes up for it; until then they may differ.
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

/** Walks through both in the same order, so that neither has to fit into memory. */
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
    for await (const [mine, its] of paired(
      before ? statesIn(before, partition) : nothing(),
      statesIn(after, partition),
    )) {
      const { key } = mine ?? its!;
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

/** A rebuild meets an event that cannot be handled again, and parks it again. */
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
