import { derivedId, type AdvisoryRemoval, type ClassifiedFinding, type Rating } from '@assay/events';
import { assessmentKey, exemptStatus, findingStatus, healthyStatus, type AzureStatus } from '../placement/azure.ts';
import type { Cell } from '../store/duckdb.ts';
import { registryKeyOf } from '../placement/registry-keys.ts';
import { shownHeadIn, type PlacementState } from '../placement/placement.ts';

const nameOf = ({ placement: { registryId, repository, digest } }: PlacementState, ...of: readonly string[]): string =>
  derivedId('sub-assessment', registryId.toLowerCase(), assessmentKey, repository, digest, ...of);

/**
 * The findings of an image by the names of their records. An image may have the same package at two paths: each gets
 * its own record, numbered in the canonical order.
 *
 * @param findings the whole set in canonical order
 */
export const namedFindings = (
  state: PlacementState,
  findings: readonly ClassifiedFinding[],
): Map<string, ClassifiedFinding> => {
  const seen = new Map<string, number>();
  return new Map(
    findings.map((finding) => {
      const of = [finding.vulnerability, finding.package, finding.installedVersion];
      const nth = (seen.get(of.join('\u0000')) ?? 0) + 1;
      seen.set(of.join('\u0000'), nth);
      return [nameOf(state, ...of, ...(nth > 1 ? [finding.path ?? '', String(nth)] : [])), finding];
    }),
  );
};

/** A record of `findings`: its own columns. Those of its image are added when it is written. */
export interface FindingRow extends Partial<AzureStatus> {
  readonly image: string;
  readonly name: string;
  readonly kind: 'finding' | 'healthy';
  readonly vulnerability: string;
  readonly package: string;
  readonly package_type: string;
  readonly source_package?: string | undefined;
  readonly installed_version: string;
  readonly fixed_version?: string | undefined;
  readonly path?: string | undefined;
  readonly layer?: number | undefined;
  readonly aliases?: string | undefined;
  readonly severity?: string;
  readonly severity_rule?: string;
  readonly ratings?: string | undefined;
  readonly score?: number | undefined;
  readonly state: 'active' | 'exempt';
  readonly rule_id?: string | undefined;
  readonly first_seen_at: string | undefined;
  readonly advisory_removed?: string | undefined;
  /** Only of a record of a healthy image, which becomes stale. */
  readonly database_built_ms?: number | undefined;
}

const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

export const findingRow = (image: string, name: string, finding: ClassifiedFinding): FindingRow => ({
  image,
  name,
  kind: 'finding',
  vulnerability: finding.vulnerability,
  package: finding.package,
  package_type: finding.packageType,
  source_package: finding.sourcePackage,
  installed_version: finding.installedVersion,
  fixed_version: finding.fixedVersion,
  path: finding.path,
  layer: finding.layer,
  aliases: json(finding.aliases),
  severity: finding.severity,
  severity_rule: finding.severityRule,
  ratings: json(finding.ratings),
  score: finding.score,
  state: finding.state,
  rule_id: finding.ruleId,
  first_seen_at: finding.firstSeenAt,
  advisory_removed: json(finding.advisoryRemoved),
  ...(finding.state === 'exempt' ? exemptStatus(finding.ruleId) : {}),
});

/** A healthy image gets a record that states it, since callers read "no record" as "not scanned yet". */
export const healthyRow = (image: string, state: PlacementState, databaseBuiltMs: number | undefined): FindingRow => ({
  image,
  name: nameOf(state, 'healthy'),
  kind: 'healthy',
  vulnerability: 'healthy',
  package: '',
  package_type: '',
  installed_version: '',
  state: 'active',
  first_seen_at: state.classified?.time,
  database_built_ms: databaseBuiltMs,
  ...healthyStatus,
});

/** The columns that all records of an image have in common. */
export interface ImageOfFindings extends AzureStatus {
  readonly registry_key: string;
  readonly subscription_id: string;
  readonly registry_id: string;
  readonly login_server: string;
  readonly repository: string;
  readonly digest: string;
}

/** @returns undefined if no finding of the image is shown */
export const imageOfFindings = (state: PlacementState): ImageOfFindings | undefined => {
  const head = shownHeadIn(state);
  if (!head || head.reason === 'image-deleted') return undefined;
  const { subscriptionId, registryId, loginServer, repository, digest } = state.placement;
  return {
    registry_key: registryKeyOf(registryId),
    subscription_id: subscriptionId.toLowerCase(),
    registry_id: registryId,
    login_server: loginServer,
    repository,
    digest,
    ...findingStatus(head),
  };
};

/** Columns of a finding, as the event has it. */
export const entryColumns =
  'image::varchar as image, name::varchar as name, vulnerability, package, package_type, source_package, ' +
  'installed_version, fixed_version, path, layer, aliases, severity, severity_rule, ratings, score, state, rule_id, ' +
  'first_seen_at, advisory_removed';

/** A row with these columns. DuckDB has null for what is absent. */
export interface EntryRow {
  readonly image: string;
  readonly name: string;
  readonly vulnerability: string;
  readonly package: string;
  readonly package_type: string;
  readonly source_package: string | null;
  readonly installed_version: string;
  readonly fixed_version: string | null;
  readonly path: string | null;
  readonly layer: number | null;
  readonly aliases: string | null;
  readonly severity: string | null;
  readonly severity_rule: string | null;
  readonly ratings: string | null;
  readonly score: number | null;
  readonly state: string;
  readonly rule_id: string | null;
  readonly first_seen_at: string;
  readonly advisory_removed: string | null;
}

/** The finding of a record, as the event had it. */
export const entryOf = (row: EntryRow): ClassifiedFinding =>
  ({
    vulnerability: row.vulnerability,
    ...(row.aliases === null ? {} : { aliases: JSON.parse(row.aliases) as string[] }),
    package: row.package,
    packageType: row.package_type,
    ...(row.source_package === null ? {} : { sourcePackage: row.source_package }),
    installedVersion: row.installed_version,
    ...(row.fixed_version === null ? {} : { fixedVersion: row.fixed_version }),
    ...(row.path === null ? {} : { path: row.path }),
    ...(row.layer === null ? {} : { layer: row.layer }),
    severity: row.severity,
    ...(row.ratings === null ? {} : { ratings: JSON.parse(row.ratings) as Rating[] }),
    ...(row.score === null ? {} : { score: row.score }),
    severityRule: row.severity_rule,
    state: row.state,
    ...(row.rule_id === null ? {} : { ruleId: row.rule_id }),
    firstSeenAt: row.first_seen_at,
    ...(row.advisory_removed === null ? {} : { advisoryRemoved: JSON.parse(row.advisory_removed) as AdvisoryRemoval }),
  }) as ClassifiedFinding;

/** A record as a row of `findings`. Only an active finding has the status of its image. */
export const findingCells = (row: FindingRow, image: ImageOfFindings): Cell[] => [
  row.image,
  row.name,
  image.registry_key,
  image.subscription_id,
  image.registry_id,
  image.login_server,
  image.repository,
  image.digest,
  row.kind,
  row.vulnerability,
  row.package,
  row.package_type,
  row.source_package,
  row.installed_version,
  row.fixed_version,
  row.path,
  row.layer,
  row.aliases,
  row.severity,
  row.severity_rule,
  row.ratings,
  row.score,
  row.state,
  row.rule_id,
  row.first_seen_at,
  row.advisory_removed,
  row.code ?? image.code,
  row.cause ?? image.cause,
  row.description ?? image.description,
  row.database_built_ms,
];
