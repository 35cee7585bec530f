import type { Decider } from '../decider/decider.ts';
import { isStoreUpToDate } from '../processor/sequence.ts';
import type { PartitionCheckpoint } from '../stores/store.ts';

/** Why a store is restored from the log: it was emptied or rolled back, or its states were made by other folds. */
export type RestoreReason = 'behind' | 'other-program';

/** Why a partition of a store has to be restored, given the last event emitted in it, or nothing if it is complete. */
export const restoreReason = (
  { restored, lastEmitted, stateVersion }: PartitionCheckpoint,
  emitted: string,
  program: Pick<Decider<never, never, never>, 'stateVersion'>,
): RestoreReason | undefined => {
  if (restored && stateVersion !== program.stateVersion) return 'other-program';
  return restored && isStoreUpToDate(lastEmitted, emitted) ? undefined : 'behind';
};
