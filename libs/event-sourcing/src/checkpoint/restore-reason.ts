import type { Decider } from '../decider/decider.ts';
import type { RestoreReason } from '../observer.ts';
import { isStoreUpToDate } from '../processor/sequence.ts';
import type { PartitionCheckpoint } from '../stores/store.ts';

/** Why a partition of a store has to be restored, given the last event emitted in it, or nothing if it is complete. */
export const restoreReason = (
  { restored, lastEmitted, stateVersion }: PartitionCheckpoint,
  emitted: string,
  program: Pick<Decider<never, never, never>, 'stateVersion'>,
): RestoreReason | undefined => {
  if (restored && stateVersion !== program.stateVersion) return 'other-program';
  return restored && isStoreUpToDate(lastEmitted, emitted) ? undefined : 'behind';
};
