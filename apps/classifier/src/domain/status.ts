import type { Status } from '@assay/events';
import type { HeardScan } from './state.ts';

/** What the rows below look at. */
export interface Examined {
  readonly scan: HeardScan;
  /** How many findings no rule has disabled. */
  readonly active: number;
  readonly extended: boolean;
  /** The scanner build that said it was recalled. */
  readonly recalled: boolean;
}

/** Why nothing counts that a recalled scanner said, until another one looked. */
export const scannerRecalled = 'scanner-recalled';

interface Row {
  readonly status: Status;
  readonly reason?: string | ((examined: Examined) => string);
  readonly when: (examined: Examined) => boolean;
}

/** Systems whose packages and advisories the scanner knows. Anything else is not called healthy for lack of findings. */
const knownFamilies: ReadonlySet<string> = new Set([
  'alma', 'alpine', 'amazon', 'azurelinux', 'bottlerocket', 'cbl-mariner', 'centos', 'chainguard', 'debian', 'echo', 'fedora', 'minimos', 'openEuler',
  'opensuse', 'opensuse-leap', 'opensuse-tumbleweed', 'opensuse.leap', 'opensuse.tumbleweed', 'oracle', 'photon', 'redhat', 'rocky', 'slem', 'sles',
  'suse linux enterprise micro', 'suse linux enterprise server', 'ubuntu', 'wolfi',
].map((family) => family.toLowerCase()));

/** A package that installs packages: without one nobody can apply an update, and the old cloud service did not assess such images. */
const packageManagers: ReadonlySet<string> = new Set(['apk-tools', 'apt', 'dnf', 'dnf5', 'dpkg', 'microdnf', 'pacman', 'rpm', 'tdnf', 'yum', 'zypper']);
const shells: ReadonlySet<string> = new Set(['ash', 'bash', 'busybox', 'busybox-binsh', 'dash', 'ksh', 'mksh', 'toybox', 'zsh']);

const oldestDatabaseMs = 7 * 24 * 60 * 60_000;

const holds = (names: ReadonlySet<string>) => ({ scan }: Examined): boolean => scan.packages.some((name) => names.has(name));
const hasPackageManager = holds(packageManagers);
const hasShell = holds(shells);

/**
 * Age of the database when it was asked: at the start of the scan or, where an older scan of the digest was joined, at the push.
 * From the events alone, so that asking again later gives the same answer; a time that is none is not young.
 */
const isTooOld = ({ scan: { head: { database, startedAt, receivedAt } } }: Examined): boolean => {
  const ageMs = Math.max(Date.parse(startedAt), Date.parse(receivedAt)) - Date.parse(database.builtAt);
  return !database.demonstration && !(ageMs <= oldestDatabaseMs);
};

const isUnknownRelease = ({ scan }: Examined): boolean => scan.head.os!.known === false || scan.head.os!.version === '';

/** A release by the part of its number that advisories are published for. */
const releaseOf = (family: string, version: string): string => {
  const parts = version.split('.');
  return `${family.toLowerCase()} ${parts.slice(0, ['alpine', 'ubuntu'].includes(family.toLowerCase()) ? 2 : 1).join('.')}`;
};

/** The database says what it covers, and this release is not among it. */
const isNotCovered = ({ scan: { head: { os, database } } }: Examined): boolean => database.covers !== undefined && !database.covers.includes(releaseOf(os!.family, os!.version));

/** First that fits. Healthy is the last row, and every doubt stands above it. */
const rows: readonly Row[] = [
  { status: 'undetermined', reason: 'timed-out', when: ({ scan }) => scan.head.outcome === 'timed-out' },
  { status: 'undetermined', reason: ({ scan }) => `${scan.head.outcome}/${scan.head.reason ?? 'unknown'}`, when: ({ scan }) => scan.head.outcome !== 'succeeded' },
  { status: 'undetermined', reason: scannerRecalled, when: ({ recalled }) => recalled },
  { status: 'not-applicable', reason: 'no-operating-system', when: ({ scan }) => scan.head.os === undefined || scan.head.os.family === 'none' || scan.head.os.family === '' },
  { status: 'not-applicable', reason: 'operating-system-not-supported', when: ({ scan }) => !knownFamilies.has(scan.head.os!.family.toLowerCase()) },
  { status: 'undetermined', reason: 'no-packages', when: ({ scan }) => scan.packages.length === 0 },
  { status: 'not-applicable', reason: 'no-package-manager', when: (examined) => !examined.extended && !hasPackageManager(examined) },
  { status: 'not-applicable', reason: 'no-shell', when: (examined) => !examined.extended && !hasShell(examined) },
  { status: 'unhealthy', when: ({ active }) => active > 0 },
  { status: 'not-applicable', reason: 'operating-system-not-supported', when: isUnknownRelease },
  { status: 'undetermined', reason: 'operating-system-end-of-life', when: ({ scan }) => scan.head.os!.endOfLife },
  { status: 'undetermined', reason: 'advisories-missing', when: isNotCovered },
  { status: 'undetermined', reason: 'advisories-too-old', when: isTooOld },
  { status: 'healthy', when: () => true },
];

export interface Standing {
  readonly status: Status;
  readonly reason?: string;
}

/** The status of an image by its scan. */
export const standing = (examined: Examined): Standing => {
  const { status, reason } = rows.find(({ when }) => when(examined))!;
  return { status, ...(reason === undefined ? {} : { reason: typeof reason === 'string' ? reason : reason(examined) }) };
};
