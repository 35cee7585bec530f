import { databaseLimits, families, type DisagreementKind, type Status } from '@assay/events';
import type { Evidence } from './evidence.ts';

/** A reason why an image is not `healthy`. */
export interface Obstacle {
  readonly status: Exclude<Status, 'healthy' | 'unhealthy'>;
  readonly reason: string | ((evidence: Evidence) => string);
  /**
   * How much the obstacle outweighs: any result (there is none), findings in classic mode, or only the absence of
   * findings.
   */
  readonly against: 'everything' | 'findings' | 'absence';
  readonly when: (evidence: Evidence) => boolean;
}

/** The reason of an image whose result came from a recalled scanner, until another scanner has scanned it. */
export const scannerRecalled = 'scanner-recalled';
/** The reason of an image that was assessed by a database that was recalled, until it was assessed by another one. */
export const databaseRecalled = 'database-recalled';

/** An image of any other system is not healthy just because it has no findings. */
const knownFamilies: ReadonlySet<string> = new Set(families.map((family) => family.toLowerCase()));

const isClassic = ({ mode }: Evidence): boolean => mode === 'classic';

/** True if packages of the system are known. Without them it is not known either that one is missing. */
const isListed = ({ system }: Evidence): boolean => system !== undefined && system.count > 0;

/** True for a result of an older release whose database lists the releases that it covers, without this one. */
const wasNotCovered = ({ os, database: { covers } }: Evidence): boolean => {
  const release = `${os?.family} ${os?.version}.`.toLowerCase();
  return covers !== undefined && !covers.some((each) => release.startsWith(`${each.toLowerCase()}.`));
};

/**
 * True if the database has no advisories of the release, or of a language. In classic mode language packages do not
 * count. That no database has any of a type (conda) is a note, as nothing could ever remove the doubt.
 */
const isNotCovered = (evidence: Evidence): boolean =>
  wasNotCovered(evidence) ||
  evidence.uncovered?.system !== undefined ||
  (!isClassic(evidence) && (evidence.uncovered?.languages ?? []).length > 0);

/** Negated, so that an invalid time counts as too old. */
const isTooOld = ({ database, evaluatedMs: askedMs }: Evidence): boolean =>
  !database.demonstration && !(askedMs - Date.parse(database.builtAt) <= databaseLimits(database).tooOldMs);

/** Disagreements about the system itself: then advisories of another system may have been compared. */
const aboutTheSystem: ReadonlySet<string> = new Set<DisagreementKind>(['system', 'several-systems', 'database-kind']);
const noDatabase: DisagreementKind = 'no-database';
/** Packages of languages do not count in classic mode. */
const ofLanguages: DisagreementKind = 'manifests';

const disagrees = ({ witness }: Evidence, isMeant: (what: string) => boolean): boolean =>
  witness?.disagreements.some(({ what }) => isMeant(what)) === true;

/**
 * All obstacles, in the order in which they are reported. Both the `healthy` status and the admission of images with
 * tolerated findings use this list. A new row therefore applies to both.
 */
export const obstacles: readonly Obstacle[] = [
  {
    status: 'undetermined',
    reason: 'timed-out',
    against: 'everything',
    when: ({ outcome }) => outcome === 'timed-out',
  },
  {
    status: 'undetermined',
    reason: ({ outcome, failure }) => `${outcome}/${failure ?? 'unknown'}`,
    against: 'everything',
    when: ({ outcome }) => outcome !== 'succeeded',
  },
  { status: 'undetermined', reason: scannerRecalled, against: 'everything', when: ({ recalled }) => recalled },
  {
    status: 'undetermined',
    reason: databaseRecalled,
    against: 'everything',
    when: (evidence) => evidence.databaseRecalled === true,
  },
  { status: 'undetermined', reason: 'parked', against: 'absence', when: ({ parked }) => parked === true },
  {
    status: 'not-applicable',
    reason: 'no-operating-system',
    against: 'findings',
    when: ({ os }) => os === undefined || os.family === 'none' || os.family === '',
  },
  {
    status: 'not-applicable',
    reason: 'operating-system-not-supported',
    against: 'findings',
    when: ({ os }) => !knownFamilies.has(os?.family.toLowerCase() ?? ''),
  },
  {
    status: 'undetermined',
    reason: 'no-packages',
    against: 'absence',
    when: (evidence) => !isListed(evidence),
  },
  // The service of 2020 assessed only images with a shell and a package manager. Extended mode does not require them.
  {
    status: 'not-applicable',
    reason: 'no-package-manager',
    against: 'findings',
    when: (evidence) => isClassic(evidence) && isListed(evidence) && evidence.system?.packageManager !== true,
  },
  {
    status: 'not-applicable',
    reason: 'no-shell',
    against: 'findings',
    when: (evidence) => isClassic(evidence) && isListed(evidence) && evidence.system?.shell !== true,
  },
  {
    status: 'not-applicable',
    reason: 'operating-system-not-supported',
    against: 'absence',
    when: ({ os }) => os === undefined || os.known === false || os.version === '',
  },
  {
    status: 'undetermined',
    reason: 'packages-unreadable',
    against: 'absence',
    when: ({ warnings = [] }) => warnings.includes('packages-unreadable'),
  },
  {
    status: 'undetermined',
    reason: 'not-witnessed',
    against: 'absence',
    when: ({ outcome, witness }) => outcome === 'succeeded' && witness === undefined,
  },
  {
    status: 'undetermined',
    reason: 'inventory-unread',
    against: 'absence',
    when: ({ witness }) => witness !== undefined && witness.unread.length > 0,
  },
  {
    status: 'undetermined',
    reason: 'no-package-database',
    against: 'absence',
    when: (evidence) => disagrees(evidence, (what) => what === noDatabase),
  },
  {
    status: 'undetermined',
    reason: 'system-unclear',
    against: 'absence',
    when: (evidence) => disagrees(evidence, (what) => aboutTheSystem.has(what)),
  },
  // A kind that this release does not know counts here, too.
  {
    status: 'undetermined',
    reason: 'inventory-disagrees',
    against: 'absence',
    when: (evidence) =>
      disagrees(
        evidence,
        (what) => what !== noDatabase && !aboutTheSystem.has(what) && !(isClassic(evidence) && what === ofLanguages),
      ),
  },
  {
    status: 'undetermined',
    reason: 'operating-system-end-of-life',
    against: 'absence',
    when: ({ os }) => os?.endOfLife !== false,
  },
  { status: 'undetermined', reason: 'advisories-missing', against: 'absence', when: isNotCovered },
  { status: 'undetermined', reason: 'advisories-too-old', against: 'absence', when: isTooOld },
  {
    status: 'undetermined',
    reason: 'stale',
    against: 'absence',
    when: ({ stale, database }) => stale === true && !database.demonstration,
  },
];

export interface Standing {
  readonly status: Status;
  readonly reason?: string;
}

/**
 * True for an obstacle that findings cannot overrule: there is no result or, in classic mode, the system is not
 * assessed.
 */
const outweighsFindings = ({ against }: Obstacle, evidence: Evidence): boolean =>
  against === 'everything' || (against === 'findings' && isClassic(evidence));

const reasonIn = (evidence: Evidence, { reason }: Obstacle): string =>
  typeof reason === 'string' ? reason : reason(evidence);

/** The first obstacle to `healthy`, or nothing if there is none. */
export const obstacleIn = (
  evidence: Evidence,
  rows: readonly Obstacle[] = obstacles,
): Required<Standing> | undefined => {
  const first = rows.find(({ when }) => when(evidence));
  return first && { status: first.status, reason: reasonIn(evidence, first) };
};

/** Reasons that follow from another one, and add nothing to it. */
const implied: ReadonlyMap<string, readonly string[]> = new Map([
  ['no-operating-system', ['operating-system-not-supported', 'operating-system-end-of-life', 'advisories-missing']],
  ['no-packages', ['no-package-manager', 'no-shell']],
]);

/**
 * The reasons of all obstacles to `healthy`, in their order, also of an image that is unhealthy. A reason that follows
 * from another one is left out. Without a result there is nothing else to doubt, so only the first reason for its
 * absence is listed.
 */
export const doubtsIn = (evidence: Evidence): readonly string[] => {
  const holding = obstacles.filter(({ when }) => when(evidence));
  const noResult = holding.find(({ against }) => against === 'everything');
  const reasons = new Set((noResult ? [noResult] : holding).map((obstacle) => reasonIn(evidence, obstacle)));
  const moot = new Set([...reasons].flatMap((reason) => implied.get(reason) ?? []));
  return [...reasons].filter((reason) => !moot.has(reason));
};

/**
 * The status of an image. In classic mode findings count only if the system is assessed, in extended mode always. If no
 * findings count, the list of obstacles decides.
 * @param active number of findings that no rule disables
 */
export const standing = (evidence: Evidence, active: number): Standing =>
  active > 0
    ? (obstacleIn(
        evidence,
        obstacles.filter((obstacle) => outweighsFindings(obstacle, evidence)),
      ) ?? { status: 'unhealthy' })
    : (obstacleIn(evidence) ?? { status: 'healthy' });
