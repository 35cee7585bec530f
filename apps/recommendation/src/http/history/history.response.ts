import type { ClassifiedFinding } from '@assay/events';
import type { Moment, PackageDifference } from '../../domain/difference.ts';
import type { PastAnswer } from './image-history.ts';
import type { ShownImage } from '../images/images.ts';
import type { DescribedVulnerability } from '@assay/read-model/intake/vulnerabilities';
import type { ReadMoment } from './moments.ts';

const placeShown = ({ state: { placement } }: ShownImage): object => ({
  subscriptionId: placement.subscriptionId,
  registryId: placement.registryId,
  registry: placement.loginServer,
  repository: placement.repository,
});

/** An answer of the past. Without a scan, or while it failed, counts of zero would claim that there are no findings. */
export const answerShown = (answer: PastAnswer, image: ShownImage | undefined): object => {
  const { id, atMs, status, reason, cause, verdict, classification, scanner, database } = answer;
  const { bySeverity, fixable, exempt, findings } = /^(failed|cancelled|timed-out)(\/|$)/.test(reason ?? '')
    ? ({} as Partial<PastAnswer>)
    : answer;
  return {
    at: new Date(atMs).toISOString(),
    ...(image ? placeShown(image) : {}),
    status,
    reason,
    cause,
    bySeverity,
    fixable,
    exempt: bySeverity ? exempt : undefined,
    findings,
    database,
    scanner,
    id,
    verdict: verdict === 0 ? undefined : verdict,
    classification: classification === 0 ? undefined : classification,
  };
};

/** An image at a moment, without its findings. */
export const momentShown = (moment: Omit<ReadMoment, 'inventory'> & Moment): object => {
  const { image, atMs, status, reason, answer, findings, databaseOf, scannerOf, packages, packagesUnknown } = moment;
  const exempt = findings.filter(({ state }) => state === 'exempt').length;
  return {
    digest: image.state.placement.digest,
    ...placeShown(image),
    at: atMs === undefined ? undefined : new Date(atMs).toISOString(),
    status,
    reason,
    classifiedAt: new Date(answer.atMs).toISOString(),
    id: answer.id,
    database: databaseOf,
    scanner: scannerOf,
    findings: findings.length - exempt,
    exempt,
    packages: packages?.length,
    packagesUnknown,
  };
};

export const findingShown = (
  {
    vulnerability,
    package: name,
    packageType,
    installedVersion,
    fixedVersion,
    path,
    severity,
    score,
    firstSeenAt,
  }: ClassifiedFinding,
  descriptions: ReadonlyMap<string, DescribedVulnerability>,
): object => ({
  vulnerability,
  title: descriptions.get(vulnerability)?.title,
  package: name,
  packageType,
  installedVersion,
  fixedVersion,
  path,
  severity,
  score,
  firstSeenAt,
});

/** @param top entries of each list */
export const packagesShown = ({ removed, added, changed }: PackageDifference, top: number): object => ({
  counts: { removed: removed.length, added: added.length, changed: changed.length },
  removed: removed.slice(0, top),
  added: added.slice(0, top),
  changed: changed.slice(0, top),
});
