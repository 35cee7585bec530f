import { decode, targetOf, type BlobReference, type ScanCompleted, type ScanReassessed } from '@assay/events';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import type { ShownImage } from '../images/images.ts';
import { wasLookedInto, type PlacementState } from '@assay/read-model/placement/placement';
import {
  findingPage,
  inOneShape,
  positionOf,
  type FindingPosition,
  type FindingRecord,
  type PlainFinding,
} from '../sub-assessments/sub-assessments.ts';
import type { View } from '@assay/read-model/view/view';

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

export const isScanned = (image: ShownImage): image is ScannedPlace => !image.deleted && wasLookedInto(image.state);

/** The newest scan first. */
export const newestFirst = (scanned: readonly ScannedPlace[]): readonly ScannedPlace[] =>
  scanned.toSorted((a, b) => (a.state.classified.time < b.state.classified.time ? 1 : -1));

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
    places: newestFirst(scanned),
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

/** Images rarely have this many results; older ones count as missing. */
const mostResults = 500;

/** Offsets of the first pages of a digest's results, the newest first. All are in one partition of one topic. */
const resultsOf = (query: RunQuery, digest: string): Promise<readonly { partition: number; first: bigint }[]> =>
  query(
    `select any_value(partition) as partition, min("offset") as first from timeline ` +
      `where digest = $digest and topic in ('scan.completed', 'scan.reassessed') ` +
      `group by id order by first desc limit ${mostResults}`,
    { digest },
  );

/** A result of the scans of an image. Without a number, the newest one counts. */
export interface ImageResult {
  readonly digest: string;
  readonly result?: number | undefined;
}

/**
 * The name of the inventory of a scan. It is read from the log, at offsets that the view knows.
 * @returns undefined if no result names one
 */
export const inventoryOf = async (
  view: View,
  { digest, result: last }: ImageResult,
): Promise<BlobReference | undefined> => {
  for (const { partition, first } of await view.read((query) => resultsOf(query, digest))) {
    const record = await view.history.record(
      targetOf({ app: 'view', topic: 'scan.completed', partition, offset: Number(first) }),
    );
    const read = record && decode(record.topic, record);
    if (read?.kind !== 'event') continue;
    const { packages, result = 0 } = read.event.data as Partial<ScanCompleted | ScanReassessed>;
    // A newer result may have been read that the classifier has not answered yet.
    if (packages && result <= (last ?? result)) return packages;
  }
  return undefined;
};
