import type { EventLog } from '@assay/messaging';
import { answersIn, givenUpIn, type QuietAnswers } from './answers.ts';
import { brokenLawsIn } from './broken-laws.ts';
import { doubledIn } from './doubled.ts';
import { faultKinds, type Fault, type FaultKind } from './fault.ts';
import { lostIn } from './lost.ts';
import { outOfNowhereIn } from './nowhere.ts';
import { misofferedIn } from './offered.ts';
import { projectionsIn, type Rebuildable } from './projections.ts';
import { readAll, type LogReading } from './reading.ts';
import { reorderedIn } from './reordered.ts';
import { stuckIn } from './stuck.ts';
import type { TormentTruth } from './truth.ts';

/** The checker's verdict. */
export interface CheckerVerdict {
  readonly records: number;
  /** Records that consumers drop: by their sequence, or by their id if they have none. */
  readonly repeats: { readonly bySequence: number; readonly byId: number };
  /** Late records of fenced owners that the new owner did not publish again. */
  readonly void: number;
  readonly unreadable: number;
  readonly givenUp: number;
  readonly faults: readonly Fault[];
}

/** Faults that the log alone shows. */
export const faultsIn = (reading: LogReading, truth: TormentTruth): Fault[] => [
  ...lostIn(reading, truth),
  ...doubledIn(reading),
  ...reorderedIn(reading, truth),
  ...outOfNowhereIn(reading, truth),
  ...brokenLawsIn(reading, truth),
];

/**
 * Reads the whole log, the state of each service and the answers of the API, and compares them with what really
 * happened. The services must have been stopped: their partitions are claimed.
 */
export const checked = async (
  log: EventLog,
  services: readonly Rebuildable[],
  answers: QuietAnswers,
  truth: TormentTruth,
): Promise<CheckerVerdict> => {
  const reading = await readAll(log);
  const all = [...faultsIn(reading, truth), ...answersIn(reading, answers, truth)];
  all.push(...misofferedIn(reading, log.partitions));
  for (const service of services) all.push(...(await stuckIn(service, log)));
  all.push(...(await projectionsIn(services, log)));
  return {
    records: reading.records,
    repeats: { bySequence: reading.dropped.length - reading.void.length, byId: reading.repeatedById },
    void: reading.void.length,
    unreadable: reading.unreadable.length,
    givenUp: givenUpIn(answers),
    faults: all,
  };
};

export const countsOf = (found: readonly Fault[]): Readonly<Record<FaultKind, number>> =>
  Object.fromEntries(faultKinds.map((kind) => [kind, found.filter((fault) => fault.kind === kind).length])) as Record<
    FaultKind,
    number
  >;
