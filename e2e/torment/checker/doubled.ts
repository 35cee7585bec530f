import { faults, type Fault } from './fault.ts';
import type { LogReading } from './reading.ts';
import { headOf, wholeSets } from './sets.ts';

const doubled = faults('doubled');

/** Items that occur several times, by what makes them the same. */
const several = <T>(items: readonly T[], sameness: (item: T) => string): [string, T[]][] =>
  [...Map.groupBy(items, sameness)].filter(([, same]) => same.length > 1);

interface Emitted {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly event: { readonly id: string; readonly sequence?: string };
}

const textOf = ({ topic, partition, offset, event: { id, sequence } }: Emitted): string =>
  `${topic}/${partition}/${offset} ${id} ${sequence ?? ''}`.trimEnd();

/** Duplicates that are left after every consumer dropped what it must. */
export const doubledIn = (reading: LogReading): Fault[] => {
  const scans = wholeSets(reading.of('scan.completed'));
  const pages = [...scans, ...wholeSets(reading.of('finding.classified'))].flatMap(
    (set): readonly Emitted[] => set.pages,
  );
  const unpaged: readonly Emitted[] = reading.received.filter(
    ({ topic }) => topic !== 'scan.completed' && topic !== 'finding.classified',
  );
  return doubled([
    ...several([...unpaged, ...pages], ({ event: { id } }) => id).map(
      ([id, same]) => `event ${id} counts ${same.length} times: ${same.map(textOf).join(', ')}`,
    ),
    ...several(
      reading.of('usage.charged').filter(({ event: { data } }) => data.correctionOf === undefined),
      ({ event: { data } }) => `${data.subscriptionId.toLowerCase()} ${data.digest}`,
    ).map(([key, same]) => `${same.length} charges for ${key}: ${same.map(textOf).join(', ')}`),
    ...several(
      scans.filter((set) => headOf(set).outcome === 'succeeded' && headOf(set).joinedScanId === undefined),
      (set) => `${headOf(set).digest} by ${headOf(set).scanner.digest} with ${headOf(set).database.digest}`,
    ).map(
      ([key, same]) => `${same.length} scans of ${key}: ${same.map(({ pages: [first] }) => textOf(first!)).join(', ')}`,
    ),
    // A result after a timeout may be followed by a better one.
    ...several(
      scans.filter((set) => headOf(set).outcome !== 'timed-out'),
      (set) => headOf(set).scanId,
    ).map(
      ([scanId, same]) =>
        `scan ${scanId} ended ${same.length} times: ${same.map(({ pages: [first] }) => textOf(first!)).join(', ')}`,
    ),
    ...several(
      [...reading.of('scan.approved'), ...reading.of('scan.declined')],
      ({ event: { data } }) =>
        `${data.registryId.toLowerCase()} ${data.repository} ${data.digest} verdict ${data.verdict}`,
    ).map(([key, same]) => `${same.length} times ${key}: ${same.map(textOf).join(', ')}`),
  ]);
};
