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
