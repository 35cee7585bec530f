import {
  decode,
  isComplete,
  outcomes,
  targetOf,
  withPage,
  type AssayEvent,
  type Package,
  type PageSet,
} from '@assay/events';
import type { RunQuery } from './duckdb.ts';
import type { ShownImage } from './images.ts';
import type { PlacementState } from './placement.ts';
import {
  findingPage,
  inOneShape,
  positionOf,
  type FindingPosition,
  type FindingRecord,
  type PlainFinding,
} from './sub-assessments.ts';
import type { View } from './read-model.ts';

/** A finding of an image, across its placements. */
export interface ReportedFinding {
  readonly finding: PlainFinding;
  /** True if a rule disables it in every placement. */
  readonly isExempt: boolean;
}

/** Findings of an image, for export. */
export interface FindingsReport {
  readonly digest: string;
  /** Placements with a scan, the newest scan first. */
  readonly places: readonly ScannedPlace[];
  readonly findings: readonly ReportedFinding[];
}

export interface ScannedPlace extends ShownImage {
  readonly state: PlacementState & { readonly classified: NonNullable<PlacementState['classified']> };
}

const unsuccessful = outcomes.filter((outcome) => outcome !== 'succeeded');

/** True if a scan succeeded. Otherwise the absence of findings proves nothing. */
export const wasLookedInto = ({ classified }: PlacementState): boolean =>
  classified !== undefined &&
  !unsuccessful.some((outcome) => classified.reason === outcome || classified.reason?.startsWith(`${outcome}/`));

export const isScanned = (image: ShownImage): image is ScannedPlace => !image.deleted && wasLookedInto(image.state);

const pageSize = 1_000;

export const reportOf = async (
  query: RunQuery,
  digest: string,
  scanned: readonly ScannedPlace[],
  staleBefore: number,
): Promise<FindingsReport> => {
  const ids = new Set(scanned.map(({ state: { placement } }) => placeKey(placement)));
  const records: FindingRecord[] = [];
  for (let after: FindingPosition | undefined, more = true; more;) {
    const page = await findingPage(query, { prefix: '', digest }, inOneShape('classic'), after, pageSize, staleBefore);
    records.push(...page.filter((record) => record.finding && ids.has(placeKey(record))));
    const last = page.at(-1);
    after = last && positionOf(last);
    more = page.length === pageSize;
  }
  return {
    digest,
    places: scanned.toSorted((a, b) => (a.state.classified.time < b.state.classified.time ? 1 : -1)),
    findings: merged(records),
  };
};

const placeKey = ({ registryId, repository }: { readonly registryId: string; readonly repository: string }): string =>
  `${registryId.toLowerCase()}/${repository}`;

/** The same image has the same findings in each placement; only the rules differ. */
const merged = (records: readonly FindingRecord[]): ReportedFinding[] => {
  const all = new Map<string, ReportedFinding>();
  for (const finding of records.flatMap((record) => record.finding ?? [])) {
    const key = JSON.stringify([
      finding.vulnerability,
      finding.package,
      finding.packageType,
      finding.installedVersion,
      finding.path,
    ]);
    const known = all.get(key);
    const isExempt = finding.state === 'exempt';
    if (!known || (known.isExempt && !isExempt)) all.set(key, { finding, isExempt });
  }
  return [...all.values()];
};

/** Images rarely have this many scan pages; older scans count as missing. */
const mostPages = 500;

/** Offsets of an image's scans in the log, the newest first. */
const scansOf = (query: RunQuery, { id }: ShownImage): Promise<readonly { partition: number; first: bigint }[]> =>
  query(
    `select any_value(partition) as partition, min("offset") as first from timeline ` +
      `where image = $id::uuid and topic = 'scan.completed' group by id order by first desc limit ${mostPages}`,
    { id },
  );

type Scan = Pick<AssayEvent<'scan.completed'>['data'], 'page' | 'pages' | 'verdict' | 'outcome' | 'packages'>;

/**
 * Packages of the scan whose findings are shown. They are read from the log, whose offsets the view knows. They are far
 * more data than is ever requested, so they are not stored twice.
 */
export const inventoryOf = async (view: View, place: ScannedPlace): Promise<readonly Package[] | undefined> => {
  // Read from the last page to the first, and skip scans whose pages are incomplete.
  const pages: Scan[] = [];
  for (const { partition, first } of await view.read((query) => scansOf(query, place))) {
    const record = await view.record(
      targetOf({ app: 'view', topic: 'scan.completed', partition, offset: Number(first) }),
    );
    const read = record && decode(record.topic, record);
    const scan = read?.kind === 'event' ? (read.event.data as unknown as Scan) : undefined;
    if (scan?.outcome !== 'succeeded' || scan.verdict !== place.state.classified.verdict) continue;
    pages.unshift(scan);
    if (scan.page !== 1) continue;
    const set = pages.splice(0).reduce<PageSet<Scan> | undefined>(withPage, undefined);
    if (isComplete(set)) return set.pages.flatMap(({ packages }) => packages);
  }
  return undefined;
};
