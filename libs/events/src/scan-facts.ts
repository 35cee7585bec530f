import type { FindingClassified } from './events/finding.classified.ts';
import type { ScanCompleted } from './events/scan.completed.ts';

const times = ['startedAt', 'scannerMs', 'pullMs'] as const satisfies readonly (keyof ScanCompleted)[];

const summary = [
  'scannerMs',
  'scanner',
  'database',
  'driver',
  'os',
  'witness',
  'inventory',
  'warnings',
  'uncovered',
] as const satisfies readonly (keyof ScanCompleted & keyof FindingClassified)[];

const facts = [
  ...times,
  'scanner',
  'database',
  'driver',
  'os',
  'witness',
  'inventory',
  'warnings',
  'uncovered',
  'packages',
  'report',
  'form',
] as const satisfies readonly (keyof ScanCompleted)[];

/** When a scan began, and how long its parts took. */
export type ScanTimes = Pick<ScanCompleted, (typeof times)[number]>;

/** The facts of a scan that its classification repeats. */
export type ScanSummary = Pick<ScanCompleted, (typeof summary)[number]>;

/** Facts of a scan that hold for every approval that its result answers. A new one is a name in the list above. */
export type ScanFacts = Pick<ScanCompleted, (typeof facts)[number]>;

/** Picks the fields that are present, without any others of the given object. */
const picked = <Value extends object, Field extends keyof Value>(
  fields: readonly Field[],
  from: Pick<Value, Field>,
): Pick<Value, Field> => {
  const into: Partial<Pick<Value, Field>> = {};
  for (const field of fields) if (from[field] !== undefined) into[field] = from[field];
  return into as Pick<Value, Field>;
};

export const scanTimesOf = (from: ScanTimes): ScanTimes => picked<ScanCompleted, keyof ScanTimes>(times, from);

export const scanSummaryOf = (from: ScanSummary): ScanSummary =>
  picked<ScanCompleted, keyof ScanSummary>(summary, from);

export const scanFactsOf = (from: ScanFacts): ScanFacts => picked<ScanCompleted, keyof ScanFacts>(facts, from);
