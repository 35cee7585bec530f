import type { Changes, Store } from '@assay/event-sourcing';
import type { EventLog, NewRecord } from '@assay/messaging';
import { changed, type Wrapped } from './wrapped.ts';

/**
 * Wrong orders of the steps of a transaction: each is right as long as the process does not crash between two of them.
 */

const nothing = { states: [], outbox: [], jobs: { put: [], remove: [] }, park: [] } as const;

const offsetOf = ({ expect, checkpoint: { offsets, lastSequences } }: Changes): Changes => ({
  ...nothing,
  expect,
  checkpoint: { ...(offsets ? { offsets } : {}), ...(lastSequences ? { lastSequences } : {}) },
});

const effectOf = ({
  expect: _expect,
  checkpoint: { offsets: _offsets, lastSequences: _lastSequences, ...checkpoint },
  ...changes
}: Changes): Changes => ({ ...changes, checkpoint });

/** Commits the offset, then applies. */
export const offsetFirst = (log: EventLog, store: Store): Wrapped => ({
  log,
  store: changed(store, {
    transact: async (partition, epoch, changes) => {
      if (!changes.expect) return store.transact(partition, epoch, changes);
      const moved = await store.transact(partition, epoch, offsetOf(changes));
      return moved.committed ? store.transact(partition, epoch, effectOf(changes)) : moved;
    },
  }),
});

/** Applies, sends, then commits the offset. */
export const offsetLast = (log: EventLog, store: Store): Wrapped => {
  const sent = new Set<string>();
  const nameOf = ({ headers }: NewRecord): string => `${headers.ce_id} ${headers.ce_sequence}`;
  return {
    // The relay need not send records that were sent before the commit.
    log: changed(log, { append: async (records) => log.append(records.filter((record) => !sent.has(nameOf(record)))) }),
    store: changed(store, {
      transact: async (partition, epoch, changes) => {
        if (!changes.expect) return store.transact(partition, epoch, changes);
        const applied = await store.transact(partition, epoch, { ...effectOf(changes), outbox: [] });
        if (!applied.committed) return applied;
        await log.append(changes.outbox);
        for (const record of changes.outbox) sent.add(nameOf(record));
        const moved = await store.transact(partition, epoch, offsetOf(changes));
        return moved.committed ? { committed: true, positions: changes.outbox.map((_, index) => index) } : moved;
      },
    }),
  };
};

/** Applies and commits the offset together, then sends, without keeping an outbox. */
export const noOutbox = (log: EventLog, store: Store): Wrapped => ({
  log,
  store: changed(store, {
    transact: async (partition, epoch, changes) => {
      const committed = await store.transact(partition, epoch, { ...changes, outbox: [] });
      return committed.committed ? { committed: true, positions: changes.outbox.map((_, index) => index) } : committed;
    },
  }),
});
