import type { Status } from '@assay/events';
import type { Evidence } from './evidence.ts';

/** What stands between an image and `healthy`. */
export interface Obstacle {
  readonly status: Exclude<Status, 'healthy' | 'unhealthy'>;
  readonly reason: string | ((evidence: Evidence) => string);
  /**
   * Against what it stands: against any result (there is none), against findings in classic mode, or only against their
   * absence.
   */
  readonly against: 'everything' | 'findings' | 'absence';
  readonly when: (evidence: Evidence) => boolean;
}

/** Why nothing counts that a recalled scanner said, until another one looked. */
export const scannerRecalled = 'scanner-recalled';

/**
 * Systems whose packages and advisories the scanner knows. Anything else is not called healthy for lack of findings.
 */
const knownFamilies: ReadonlySet<string> = new Set(
  [
    'alma',
    'alpine',
    'amazon',
    'azurelinux',
    'bottlerocket',
    'cbl-mariner',
    'centos',
    'chainguard',
    'debian',
    'echo',
    'fedora',
    'minimos',
    'openEuler',
    'opensuse',
    'opensuse-leap',
    'opensuse-tumbleweed',
    'opensuse.leap',
    'opensuse.tumbleweed',
    'oracle',
    'photon',
    'redhat',
    'rocky',
    'slem',
    'sles',
    'suse linux enterprise micro',
    'suse linux enterprise server',
    'ubuntu',
    'wolfi',
  ].map((family) => family.toLowerCase()),
);

const oldestDatabaseMs = 7 * 24 * 60 * 60_000;

const isClassic = ({ mode }: Evidence): boolean => mode === 'classic';

/** The database says what it covers, and no entry of it begins the name of this release. */
const isNotCovered = ({ os, database: { covers } }: Evidence): boolean => {
  const release = `${os?.family} ${os?.version}.`.toLowerCase();
  return covers !== undefined && !covers.some((each) => release.startsWith(`${each.toLowerCase()}.`));
};

/** A time that is none is not young. */
const isTooOld = ({ database: { builtAt, demonstration }, askedMs }: Evidence): boolean =>
  !demonstration && !(askedMs - Date.parse(builtAt) <= oldestDatabaseMs);

/**
 * All of it, in the order in which it is told. Whoever calls an image healthy, and whoever lets one with tolerated
 * findings pass, asks this list: a new doubt is a new row, and holds for both.
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
    against: 'findings',
    when: ({ system }) => system === undefined || system.count === 0,
  },
  // The service of 2020 assessed only what somebody can log in to and update. Others do not ask for that.
  {
    status: 'not-applicable',
    reason: 'no-package-manager',
    against: 'findings',
    when: (evidence) => isClassic(evidence) && evidence.system?.packageManager !== true,
  },
  {
    status: 'not-applicable',
    reason: 'no-shell',
    against: 'findings',
    when: (evidence) => isClassic(evidence) && evidence.system?.shell !== true,
  },
  {
    status: 'not-applicable',
    reason: 'operating-system-not-supported',
    against: 'absence',
    when: ({ os }) => os === undefined || os.known === false || os.version === '',
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
 * What findings cannot overrule: where there is no result and, in classic mode, where the system is none that is
 * assessed.
 */
const outweighsFindings = ({ against }: Obstacle, evidence: Evidence): boolean =>
  against === 'everything' || (against === 'findings' && isClassic(evidence));

/** The first that stands between this evidence and `healthy`; nothing where all is well. */
export const obstacleIn = (
  evidence: Evidence,
  rows: readonly Obstacle[] = obstacles,
): Required<Standing> | undefined => {
  const first = rows.find(({ when }) => when(evidence));
  return (
    first && { status: first.status, reason: typeof first.reason === 'string' ? first.reason : first.reason(evidence) }
  );
};

/**
 * The status of an image: in classic mode findings count only where the system is one that is assessed, in extended
 * mode whatever the system is. Where there are none that count, the list decides.
 *
 * @param active how many findings no rule has disabled
 */
export const standing = (evidence: Evidence, active: number): Standing =>
  active > 0
    ? (obstacleIn(
        evidence,
        obstacles.filter((obstacle) => outweighsFindings(obstacle, evidence)),
      ) ?? { status: 'unhealthy' })
    : (obstacleIn(evidence) ?? { status: 'healthy' });
