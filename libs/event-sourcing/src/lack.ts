import type { Program } from './program.ts';
import { isWhatWasSaid } from './sequence.ts';
import type { PartitionHead } from './store.ts';

/** Why a store is filled from the log: it was emptied or rolled back, or it was made by a program that folds otherwise. */
export type Lack = 'behind' | 'other-program';

/** What a partition of a store lacks of what a program should know, by the last that was said in it; nothing where it is whole. */
export const lackIn = (
  { filled, last, stateVersion }: PartitionHead,
  said: string,
  program: Pick<Program<never, never, never>, 'stateVersion'>,
): Lack | undefined => {
  if (filled && stateVersion !== program.stateVersion) return 'other-program';
  return filled && isWhatWasSaid(last, said) ? undefined : 'behind';
};
