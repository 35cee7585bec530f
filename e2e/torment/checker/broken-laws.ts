import { laws, type LawFault } from '../../laws/judge.ts';
import { faults, type Fault } from './fault.ts';
import type { LogReading } from './reading.ts';
import type { TormentTruth } from './truth.ts';

/** A set, its base or a mark may be among what was taken out of the log: then nothing can be required of the image. */
const canBeJudged = ({ digest, law }: LawFault, gone: ReadonlySet<string>): boolean =>
  digest === undefined ? gone.size === 0 || law !== 'marks' : !gone.has(digest);

/**
 * Violations of the laws of sets and marks. The findings themselves are those of a real scanner, so only what the log
 * shows of itself is judged: changes, bases, sums, numbers, and what marks cover.
 */
export const brokenLawsIn = ({ broken }: LogReading, { gone }: Pick<TormentTruth, 'gone'>): Fault[] => {
  const judged = broken.filter((fault) => canBeJudged(fault, gone));
  const textOf = ({ law, detail }: LawFault): string => `${laws[law]}: ${detail}`;
  return [
    ...faults('wrong')(judged.filter(({ law }) => law !== 'order').map(textOf)),
    ...faults('reordered')(judged.filter(({ law }) => law === 'order').map(textOf)),
  ];
};
