import type { Decider } from './decider.ts';
import { isStoreUpToDate } from './sequence.ts';
import type { PartitionCheckpoint } from './store.ts';

/**
 * Why a store is filled from the log: it was emptied or rolled back, or it was made by a program that folds otherwise.
 */
export type RestoreReason = 'behind' | 'other-program';

/**
 * What a partition of a store lacks of what a program should know, by the last that was said in it; nothing where it is
 * whole.
 */
export const restoreReason = (
  { restored, lastEmitted, stateVersion }: PartitionCheckpoint,
  emitted: string,
  program: Pick<Decider<never, never, never>, 'stateVersion'>,
): RestoreReason | undefined => {
  if (restored && stateVersion !== program.stateVersion) return 'other-program';
  return restored && isStoreUpToDate(lastEmitted, emitted) ? undefined : 'behind';
};
