import { derivedId, type ClassifiedFinding } from '@assay/events';
import { assessmentKey, exemptStatus, findingStatus, healthyStatus, type AzureStatus } from './azure.ts';
import type { Cell } from './duckdb.ts';
import { registryKeyOf } from './image-row.ts';
import { severity2020 } from '../domain/azure/severity.ts';
import { headIn, type PlacementState } from './placement.ts';

/** The highest base score of any source, among ratings whose vector matches. */
const score = ({ ratings }: ClassifiedFinding, isOf: (vector: string | undefined) => boolean): number | undefined => {
  const scores = ratings.flatMap((rating) => (rating.score !== undefined && isOf(rating.vector) ? [rating.score] : []));
  return scores.length > 0 ? Math.max(...scores) : undefined;
};

const isVersion2 = (vector: string | undefined): boolean => vector !== undefined && /^\(?AV:/.test(vector);
/** A rating without a vector counts as version 3. */
const isVersion3 = (vector: string | undefined): boolean => vector === undefined || vector.startsWith('CVSS:3');

const nameOf = ({ placement: { registryId, repository, digest } }: PlacementState, ...of: readonly string[]): string =>
  derivedId('sub-assessment', registryId.toLowerCase(), assessmentKey, repository, digest, ...of);

const row = (
  image: string,
  state: PlacementState,
  name: string,
  kind: 'finding' | 'healthy',
  of: readonly Cell[],
  status: AzureStatus,
  rest: readonly Cell[],
): Cell[] => {
  const { subscriptionId, registryId, loginServer, repository, digest } = state.placement;
  const { classified } = state;
  const os = classified?.os;
  return [
    image,
    name,
    registryKeyOf(registryId),
    subscriptionId.toLowerCase(),
    registryId,
    loginServer,
    repository,
    digest,
    kind,
    ...of,
    status.code,
    status.cause,
    status.description,
    classified?.time,
    rest[0],
    os?.family,
    os?.version,
    classified && !classified.database.demonstration ? Date.parse(classified.database.builtAt) : null,
    classified?.database.demonstration ?? false,
    rest[1],
  ];
};

/**
 * The records of one image: its findings with their states. A healthy image also gets a record that states it is
 * healthy, since callers read "no record" as "not scanned yet".
 */
export const findingRows = (image: string, state: PlacementState, findings: readonly ClassifiedFinding[]): Cell[][] => {
  const head = headIn(state);
  if (!head || head.reason === 'image-deleted') return [];
  const active = findingStatus(head);
  const seen = new Map<string, number>();
  const rows = findings.map((finding) => {
    const {
      vulnerability,
      package: name,
      packageType,
      installedVersion,
      fixedVersion,
      severity,
      title,
      state: standing,
      ruleId,
      firstSeenAt,
    } = finding;
    // An image may have the same package at two paths: each gets its own record, with the same name after a rescan.
    const of = [vulnerability, name, installedVersion];
    const nth = (seen.get(of.join('\u0000')) ?? 0) + 1;
    seen.set(of.join('\u0000'), nth);
    return row(
      image,
      state,
      nameOf(state, ...of, ...(nth > 1 ? [finding.path ?? '', String(nth)] : [])),
      'finding',
      [
        vulnerability,
        name,
        packageType,
        installedVersion,
        fixedVersion,
        severity,
        severity2020(severity),
        score(finding, isVersion2),
        score(finding, isVersion3),
        title,
        fixedVersion !== undefined && fixedVersion !== '',
        standing,
        ruleId,
      ],
      standing === 'exempt' ? exemptStatus(ruleId) : active,
      [firstSeenAt, JSON.stringify(finding)],
    );
  });
  return head.status === 'healthy' ? [...rows, healthyRow(image, state)] : rows;
};

export const healthyRow = (image: string, state: PlacementState): Cell[] =>
  row(
    image,
    state,
    nameOf(state, 'healthy'),
    'healthy',
    ['healthy', '', '', '', null, null, null, null, null, null, false, 'active', null],
    healthyStatus,
    [state.classified?.time, null],
  );
