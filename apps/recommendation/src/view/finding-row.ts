import { derivedId, type ClassifiedFinding } from '@assay/events';
import { assessmentKey, exemptStatus, findingStatus, healthyStatus, type AzureStatus } from './azure.ts';
import type { Cell } from './duckdb.ts';
import { registryKeyOf } from './image-row.ts';
import { headIn, type PlacementState } from './placement.ts';

/** The CVSS v3 base score: the highest that any source gives. */
const cvss3 = ({ ratings }: ClassifiedFinding): number | undefined => {
  const scores = ratings.filter(({ score, vector }) => score !== undefined && (vector === undefined || vector.startsWith('CVSS:3'))).map(({ score }) => score!);
  return scores.length > 0 ? Math.max(...scores) : undefined;
};

const nameOf = ({ placement: { registryId, repository, digest } }: PlacementState, ...of: readonly string[]): string =>
  derivedId('sub-assessment', registryId.toLowerCase(), assessmentKey, repository, digest, ...of);

const row = (image: string, state: PlacementState, name: string, kind: 'finding' | 'healthy', of: readonly Cell[], status: AzureStatus, rest: readonly Cell[]): Cell[] => {
  const { subscriptionId, registryId, loginServer, repository, digest } = state.placement;
  const { classified } = state;
  const os = classified?.os;
  return [
    image, name, registryKeyOf(registryId), subscriptionId.toLowerCase(), registryId, loginServer, repository, digest, kind, ...of,
    status.code, status.cause, status.description, classified?.time, rest[0], os?.family, os?.version,
    classified && !classified.database.demonstration ? Date.parse(classified.database.builtAt) : null, classified?.database.demonstration ?? false, rest[1],
  ];
};

/**
 * The records of one image: its findings with their standing, and for a healthy one a record that says so, since callers
 * read "no record" as "not scanned yet".
 */
export const findingRows = (image: string, state: PlacementState, findings: readonly ClassifiedFinding[]): Cell[][] => {
  const head = headIn(state);
  if (!head || head.reason === 'image-deleted') return [];
  const active = findingStatus(head);
  const seen = new Map<string, number>();
  const rows = findings.map((finding) => {
    const { vulnerability, package: name, packageType, installedVersion, fixedVersion, severity, state: standing, ruleId, firstSeenAt } = finding;
    // The same package may lie in an image twice, at two paths: each has its record, and the same name after a rescan.
    const of = [vulnerability, name, installedVersion];
    const nth = (seen.get(of.join('\u0000')) ?? 0) + 1;
    seen.set(of.join('\u0000'), nth);
    return row(image, state, nameOf(state, ...of, ...(nth > 1 ? [finding.path ?? '', String(nth)] : [])), 'finding',
      [vulnerability, name, packageType, installedVersion, fixedVersion, severity, cvss3(finding), fixedVersion !== undefined && fixedVersion !== '', standing, ruleId],
      standing === 'exempt' ? exemptStatus(ruleId) : active, [firstSeenAt, JSON.stringify(finding)]);
  });
  return head.status === 'healthy' ? [...rows, healthyRow(image, state)] : rows;
};

export const healthyRow = (image: string, state: PlacementState): Cell[] =>
  row(image, state, nameOf(state, 'healthy'), 'healthy', ['healthy', '', '', '', null, null, null, false, 'active', null], healthyStatus, [state.classified?.time, null]);
