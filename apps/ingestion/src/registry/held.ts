import { derivedId, type AnyEvent, type DataOf, type RegistryObserved } from '@assay/events';
import { recordOf, type EventLog } from '@assay/messaging';
import type { HeldSweep, SweepOutcome } from '../domain/state.ts';

/**
 * Up to this many images count as gone without an order, if as many are left: in a small registry a few images are soon
 * a large share.
 */
export const handful = 5;

/** Counts of the images or tags that a sweep found gone, and of those that are known. */
export interface Gone {
  readonly gone: number;
  readonly known: number;
  /** Absent for images. */
  readonly what?: 'tags' | undefined;
}

/**
 * True if a sweep may publish the deletions. A registry that was restored empty, or another one behind the same name,
 * answers 404 to everything. Once the sweep is held, new pushes into the registry do not make it plausible.
 */
export const isPlausible = ({ gone, known }: Gone, sharePercent: number, isHeld = false): boolean =>
  gone * 100 <= known * sharePercent || (!isHeld && gone <= handful && gone * 2 <= known);

/** The order, if it was given for at least as many images. */
export const orderOf = ({ gone }: Gone, held: HeldSweep | undefined): HeldSweep['order'] =>
  held && gone <= held.gone ? held.order : undefined;

/** The error of a sweep that would delete more than is plausible. */
export class SweepHeld extends Error {
  readonly code = 'sweep-held';
  readonly remedy: string;

  constructor({ loginServer }: Pick<RegistryObserved, 'loginServer'>, { gone, known, what }: Gone) {
    super(
      `${gone} of the ${known} known ${what ?? 'images'} of ${loginServer} are gone from it, which is not plausible; ` +
        'none of them is marked as deleted',
    );
    this.remedy =
      'check whether it was restored empty, or is another one; once the images are back, nothing is to be ' +
      `done; if they are really gone, \`assay sweep confirm ${loginServer} --why …\` orders it ` +
      '(ASSAY_SWEEP_DELETES_PERCENT sets the plausible share)';
  }
}

const targetOfSweep = (registryId: string): string => `sweep/${registryId.toLowerCase()}`;

/** The error of a sweep that could not read all of a registry. */
export class SweepIncomplete extends Error {
  readonly code = 'sweep-incomplete';
  readonly remedy = 'check why the registry refuses it; the rest of the registry was swept';
}

interface Marks {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly id?: string;
  readonly causationid?: string;
  readonly traceparent?: string;
}

/** Appends an outcome of a sweep to the audit trail. */
export const appendSweepOutcome = async (
  log: EventLog,
  { registryId, loginServer }: Pick<RegistryObserved, 'registryId' | 'loginServer'>,
  entry: OutcomeEntry & Pick<SweepOutcome, 'position'>,
  marks: Marks,
): Promise<void> =>
  appendOutcome(
    log,
    targetOfSweep(registryId),
    entry,
    { registryId, loginServer, ...(entry.position && { position: entry.position }) },
    marks,
  );

/** An outcome with its author and reason. */
export type OutcomeEntry = Pick<DataOf<'operator.acted'>, 'outcome' | 'by' | 'why'> & Partial<Gone>;

/** Appends an outcome of a sweep, or of the listing of a subscription, to the audit trail. */
export const appendOutcome = async (
  log: EventLog,
  target: string,
  { outcome, by, why, gone, known }: OutcomeEntry,
  details: object,
  { now, id, ...marks }: Marks,
): Promise<void> => {
  const time = new Date(now).toISOString();
  const own = id ?? derivedId(target, outcome, time);
  const data: DataOf<'operator.acted'> = {
    command: 'sweep',
    target,
    by,
    why,
    outcome,
    details: { ...details, ...(gone === undefined ? {} : { gone, known }) },
  };
  const event: AnyEvent = {
    ...marks,
    id: own,
    source: '/assay/ingestion',
    subject: target,
    time,
    correlationid: marks.causationid ?? own,
    topic: 'operator.acted',
    data,
  };
  await log.append([recordOf(event, log.partitions)]);
};
