import {
  databaseRecalled,
  doubtsIn,
  obstacleIn,
  obstacles,
  scannerRecalled,
  standing,
  systemPackages,
  systemPackagesIn,
} from '@assay/verdict';
import { scanSummaryOf, type AssayEvent, type SystemPackages } from '@assay/events';
import type { Evidence, Standing } from '@assay/verdict';

/** An obstacle to healthy that applied to an image. */
export interface AppliedObstacle {
  readonly reason: string;
  readonly status: string;
  /** `decided`: the status is by it. `applied`: an earlier obstacle decided. `outweighed`: findings count more. */
  readonly effect: 'decided' | 'applied' | 'outweighed';
  readonly meaning: string;
}

/** Meanings of the reasons, each as the end of a sentence about the image. */
const meanings: Readonly<Record<string, string>> = {
  'timed-out': 'the scan did not end in time',
  [scannerRecalled]: 'the scanner build that made the result was recalled',
  [databaseRecalled]: 'the database by which the image was assessed last was recalled',
  parked: 'an event of the image is parked',
  'no-operating-system': 'the scanner found no operating system',
  'operating-system-not-supported': 'the scanner has no advisories for this system or release',
  'no-packages': 'no package of the system was found',
  'no-package-manager': 'no package manager is among the packages of the system (counts in classic mode only)',
  'no-shell': 'no shell is among the packages of the system (counts in classic mode only)',
  'packages-unreadable': 'the scanner left out packages that it could not read',
  'not-witnessed': 'no witness looked at the image beside the scanner',
  'inventory-unread': 'the witness could not read a part that may hold packages',
  'no-package-database': 'the system names itself, but has no package database',
  'system-unclear': 'parts of the image name different systems, or a database does not fit the system',
  'inventory-disagrees': 'the scanner and the witness list different packages',
  'operating-system-end-of-life': 'the release gets no more advisories',
  'advisories-missing': 'the advisory database does not know this release, or a language whose packages count',
  'advisories-too-old':
    'the advisory database was too old at the scan: seven days, or the limit that was announced with it',
  stale: 'the advisory database has become too old since the scan',
};

export const meaningOf = (reason: string): string =>
  meanings[reason] ?? (/^(failed|cancelled)\//.test(reason) ? 'the scan did not succeed' : 'see docs/usage.md');

type Scan = AssayEvent<'scan.completed'>['data'];
type Classification = AssayEvent<'finding.classified'>['data'];

/** The evidence of a classification, from its own event and from that of its scan. */
export const evidenceOfScan = (
  scan: Scan,
  { system, reason }: Pick<Classification, 'system' | 'reason'>,
): Evidence => ({
  ...scanSummaryOf(scan),
  outcome: scan.outcome,
  ...(scan.reason ? { failure: scan.reason } : {}),
  recalled: reason === scannerRecalled,
  databaseRecalled: reason === databaseRecalled,
  mode: scan.mode,
  ...systemIn(scan, system),
  evaluatedMs: Math.max(Date.parse(scan.startedAt), Date.parse(scan.receivedAt)),
});

const systemIn = (
  { outcome, inventory }: Scan,
  system: SystemPackages | undefined,
): { readonly system?: SystemPackages } =>
  outcome === 'succeeded' ? { system: inventory ? systemPackagesIn(inventory) : (system ?? systemPackages([])) } : {};

/** The obstacles that applied, in their order, as `doubts` of an image has them, and the status that they give. */
export const appliedObstacles = (
  evidence: Evidence,
  active: number,
): { readonly applied: readonly AppliedObstacle[]; readonly stands: Standing } => {
  const stands = standing(evidence, active);
  const holding = obstacles.flatMap((row) => obstacleIn(evidence, [row]) ?? []);
  const found = doubtsIn(evidence).flatMap((doubt) => holding.find(({ reason }) => reason === doubt) ?? []);
  const decider = found.findIndex(({ status, reason }) => status === stands.status && reason === stands.reason);
  const applied = found.map(({ status, reason }, index): AppliedObstacle => ({
    reason,
    status,
    effect: index === decider ? 'decided' : active > 0 && (decider < 0 || index < decider) ? 'outweighed' : 'applied',
    meaning: meaningOf(reason),
  }));
  return { applied, stands };
};
