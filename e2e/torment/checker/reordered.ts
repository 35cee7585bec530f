import { isLapse, placementKey } from '@assay/events';
import { faults, type Fault } from './fault.ts';
import type { Received, LogReading } from './reading.ts';
import { headOf, wholeSets } from './sets.ts';
import type { TormentTruth } from './truth.ts';

const reordered = faults('reordered');

interface Numbered {
  readonly key: string;
  readonly id: string;
  readonly number: readonly number[];
  readonly label: string;
}

/** Finds placements whose number does not grow (or, with `mayStand`, shrinks). */
const shrinking = (items: readonly Numbered[], mayStand = false): string[] => {
  const last = new Map<string, readonly number[]>();
  return items.flatMap(({ key, number, label }) => {
    const before = last.get(key);
    last.set(key, number);
    const step = before === undefined ? 1 : compare(number, before);
    return step > 0 || (mayStand && step === 0) ? [] : [`${label} comes after ${before!.join('.')}`];
  });
};

const compare = (a: readonly number[], b: readonly number[]): number =>
  a.map((each, at) => each - b[at]!).find((difference) => difference !== 0) ?? 0;

type Judged = Received<'scan.approved' | 'scan.declined'>;

/**
 * Events out of the order in which they were emitted. The reader checks that sequences grow; this checks the numbers
 * that events carry themselves.
 */
export const reorderedIn = (reading: LogReading, { gone }: Pick<TormentTruth, 'gone'>): Fault[] => {
  // An event that was taken out of the log and is emitted again comes behind later events.
  const inTime = (items: readonly Numbered[]): Numbered[] => items.filter(({ id }) => !gone.has(id));
  const verdicts = (received: readonly Judged[]) =>
    received.map(({ topic, event: { id, data } }) => ({
      key: placementKey(data),
      id,
      number: [data.verdict],
      label: `verdict ${data.verdict} (${topic} ${id})`,
    }));
  const scans = wholeSets(reading.of('scan.completed')).map((set) => ({
    key: placementKey(headOf(set)),
    id: headOf(set).scanId,
    number: [headOf(set).verdict],
    label: `scan ${headOf(set).scanId} of verdict ${headOf(set).verdict}`,
  }));
  const classified = wholeSets(reading.of('finding.classified')).map((set) => ({
    key: placementKey(headOf(set)),
    id: set.pages[0]!.event.id,
    number: [headOf(set).verdict, headOf(set).classification],
    label: `classification ${headOf(set).verdict}.${headOf(set).classification} (${set.pages[0]!.event.id})`,
  }));
  return reordered([
    ...shrinking(inTime(verdicts(reading.of('scan.approved')))),
    ...shrinking(inTime(verdicts(reading.of('scan.declined')))),
    ...shrinking(inTime(scans), true),
    ...shrinking(inTime(classified)),
    ...shrinking(
      inTime(
        reading
          .of('recommendation.changed')
          .filter(({ event: { data } }) => !isLapse(data.reason))
          .map(({ event: { id, data } }) => ({
            key: placementKey(data),
            id,
            number: [data.verdict ?? 0, data.classification ?? 0],
            label: `recommendation ${id} of verdict ${data.verdict}`,
          })),
      ),
    ),
  ]);
};
