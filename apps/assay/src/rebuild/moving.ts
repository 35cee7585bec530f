import { setTimeout as pause } from 'node:timers/promises';
import { haveSameProgress, type Store } from '@assay/event-sourcing';
import { canonical, Sum } from './canonical.ts';
import type { StoreFacet } from './facets.ts';
import { mostDiffering, paired, type Comparison, type StoreEntry } from './stores.ts';

export interface Moving {
  /** Written to by its owner meanwhile. */
  readonly live: Store;
  readonly rebuilt: Store;
  readonly partitions: number;
  /** Brings a partition of the new store up to the current end of the log. */
  readonly fill: (partition: number) => Promise<void>;
}

const mostRounds = 20;
const betweenRoundsMs = 100;

/**
 * Compares the new store with the live store, which is written to meanwhile and never claimed. Entries that are equal
 * count as compared. The others are compared again after the new store has caught up, until they are equal. They differ
 * if both stores have read the same log and the live store did not change meanwhile.
 */
export const compareMoving = async (
  facet: StoreFacet,
  { live, rebuilt, partitions, fill }: Moving,
): Promise<Comparison> => {
  const sums = { before: new Sum(), after: new Sum() };
  const differing: string[] = [];
  let unfinished = 0;
  const count = (mine: StoreEntry | undefined, its: StoreEntry | undefined): void => {
    if (mine) sums.before.add(`${mine.key} ${mine.text}`);
    if (its) sums.after.add(`${its.key} ${its.text}`);
  };
  for (let partition = 0; partition < partitions; partition += 1) {
    let open: ReadonlySet<string> | undefined;
    for (let round = 1; ; round += 1) {
      const checkpointBefore = canonical(await live.checkpoint(partition));
      const unequal = new Map<string, readonly [StoreEntry | undefined, StoreEntry | undefined]>();
      for await (const [key, mine, its] of paired(
        facet.entries(live, partition, open),
        facet.entries(rebuilt, partition, open),
      )) {
        if (mine?.text === its?.text) count(mine, its);
        else unequal.set(key, [mine, its]);
      }
      if (unequal.size === 0) break;
      const [head, its] = [await live.checkpoint(partition), await rebuilt.checkpoint(partition)];
      if (head && its && haveSameProgress(head, its) && canonical(head) === checkpointBefore) {
        for (const pair of unequal.values()) count(...pair);
        differing.push(
          ...[...unequal.keys()].map((key) => key.slice(0, 120)).slice(0, mostDiffering - differing.length),
        );
        break;
      }
      if (round === mostRounds) {
        unfinished += unequal.size;
        break;
      }
      open = new Set(unequal.keys());
      await pause(betweenRoundsMs);
      await fill(partition);
    }
  }
  return { what: facet.what, before: sums.before.total, after: sums.after.total, differing, unfinished };
};
