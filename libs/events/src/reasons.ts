/**
 * Reasons for which an image is not scanned, each with its meaning. A text that ends in `/` is followed by a code. The
 * schema of `scan.declined` lists them.
 */
export const declineReasons = {
  'image-deleted': 'the image is not, or no longer, in its registry',
  'registry-removed': 'the registry is not watched any more, and its images were closed',
  'plan-disabled': 'no plan of the subscription scans its registries',
  'cloud-not-supported': 'registries of national clouds are not assessed',
  'registry-not-public': 'the registry is not reachable from the public network',
  'inspection-failed/': 'the manifest or the configuration could not be read, for the reason that follows',
  'empty-index': 'the index lists no image',
  'not-a-container-image/': 'the manifest is that of another artifact, whose kind follows',
  'windows-image': 'images for Windows are not assessed',
  'foreign-layer': 'a layer lies outside of the registry and is not fetched',
  encrypted: 'a layer is encrypted',
  'too-large': 'the image is larger than 20 GiB',
} as const;
export type DeclineCode = keyof typeof declineReasons;

/** The code of an image whose set of findings is not known: a result on which it rests is lost, or was dropped. */
export const resultLost = 'result-lost';

/**
 * Reasons for which an absence of findings proves nothing, each with its meaning. A text that ends in `/` is followed
 * by a code. The schema of `finding.classified` lists them.
 */
export const doubtReasons = {
  'timed-out': 'the scan had no result before its deadline',
  'failed/': 'the scan failed, for the reason that follows',
  [`failed/${resultLost}`]: 'a result on which the findings rest is lost or was dropped, until the next whole set',
  'cancelled/': 'the scan was stopped, for the reason that follows',
  'scanner-recalled': 'an operator recalled the build of the scanner that gave the result',
  'database-recalled': 'an operator recalled the database by which the image was assessed last',
  'no-operating-system': 'the scanner found no operating system',
  'operating-system-not-supported': 'the scanner has no advisories for the operating system or its release',
  'no-packages': 'no package database vouches for any package',
  'no-package-manager': 'the image has no package manager, which the classic mode requires',
  'no-shell': 'the image has no shell, which the classic mode requires',
  'packages-unreadable': 'the scanner left out packages that it could not read',
  'not-witnessed': 'no witness looked at the image',
  'inventory-unread': 'the witness could not read a part that may hold packages',
  'no-package-database': 'the image names its system, and has no package database',
  'system-unclear': 'files and packages name different systems or releases',
  'inventory-disagrees': 'the scanner and a package database list different packages',
  'operating-system-end-of-life': 'the release of the operating system gets no more advisories',
  'advisories-missing': 'the database has no advisories for the release, or for a language whose packages count',
  'advisories-too-old': 'the database was older than a week, or than its own limit, when the image was assessed',
} as const;
export type DoubtCode = keyof typeof doubtReasons;

/** A reason for which the witness did not read a part of an image: its meaning, and what can be done. */
export interface UnreadReason {
  readonly meaning: string;
  readonly remedy: string;
}

const repack = 'build the image again with a tool that writes archives of tar in good order';
const noTool = 'no package manager reads it there: install the packages again, or remove the file';
const otherList = 'no scanner here knows this system: build on one that it knows';

/** Reasons for unread parts of an image, among the doubts of a witness and among its notes. */
export const unreadReasons = {
  'a-sparse-file': { meaning: 'a sparse file, whose content is not read', remedy: 'pack without `tar --sparse`' },
  'attributes-of-overlayfs': {
    meaning: 'an entry with attributes by which overlayfs hides or moves what is below',
    remedy: 'remove the attributes `overlay.opaque`, `overlay.redirect`, `overlay.whiteout` and `overlay.metacopy`',
  },
  'a-path-too-long': { meaning: 'a path that Linux does not make', remedy: 'shorten the path' },
  'a-path-out-of-the-root': { meaning: 'a path that leads out of the image, or in a circle', remedy: repack },
  'a-link-out-of-the-root': { meaning: 'a hard link to something outside of the image', remedy: repack },
  'a-whiteout-of-nothing': { meaning: 'a whiteout without a name, which each runtime takes otherwise', remedy: repack },
  'too-many-entries': { meaning: 'a layer of more entries than are read', remedy: 'split the layer' },
  'invalid-archive': { meaning: 'a layer that is no archive, or is cut off', remedy: repack },
  'invalid-compression': { meaning: 'a layer whose compression is invalid', remedy: 'push the image again' },
  'a-link-to-nothing': { meaning: 'a link to nothing, where a package list belongs', remedy: 'remove the link' },
  'a-link': { meaning: 'a link, where a journal of dpkg belongs', remedy: 'put the folder in the place of the link' },
  'a-folder': { meaning: 'a folder, where a package list belongs', remedy: 'remove the folder' },
  'not-a-folder': { meaning: 'a file, where a folder of a package manager belongs', remedy: 'remove the file' },
  'not-a-list': { meaning: 'something else, where a package list belongs', remedy: noTool },
  'not-a-statement': { meaning: 'a file that should name the system and does not', remedy: 'restore the file' },
  'runtimes-disagree': {
    meaning: 'a folder in one layer and a link in another: runtimes put them together in two ways',
    remedy: 'give the folder an entry of its own in each layer that has files below it',
  },
  'a-write-ahead-log': {
    meaning: 'changes beside a database of rpm that are not in it yet',
    remedy: 'run `rpmdb --rebuilddb` at the end of the build, which empties the log',
  },
  'a-malformed-line': { meaning: 'a line that the package manager refuses', remedy: 'restore the package list' },
  'a-long-name': { meaning: 'a field whose name is longer than any', remedy: 'restore the package list' },
  'a-field-twice': { meaning: 'a package with one field twice', remedy: 'restore the package list' },
  'a-control-character': { meaning: 'a character that ends a line for dpkg alone', remedy: 'restore the package list' },
  'too-many-packages': { meaning: 'more packages than any system has', remedy: 'restore the package list' },
  'an-index-of-packages': { meaning: 'an index of packages to install', remedy: 'none is needed elsewhere' },
  'too-large': { meaning: 'a file larger than is read', remedy: 'split the image, or remove the file' },
  'malformed-rpm': {
    meaning: 'a package of rpm with a tag twice, out of order or of another type',
    remedy: 'run `rpmdb --rebuilddb`, and install the packages again that it drops',
  },
  'malformed-database': { meaning: 'a database that SQLite cannot read', remedy: 'run `rpmdb --rebuilddb`' },
  'berkeley-db': {
    meaning: 'a database of rpm in a format that is not read',
    remedy: 'convert it: `rpmdb --rebuilddb` of rpm 4.16 or newer writes SQLite',
  },
  'a-list-of-another-kind': { meaning: 'a list of another package manager, at the place of this one', remedy: noTool },
  'pacman-is-not-read': { meaning: 'a database of pacman', remedy: otherList },
  'portage-is-not-read': { meaning: 'a database of portage', remedy: otherList },
  'another-name': {
    meaning: 'an archive of Java that the scanner does not open, since its file has another name',
    remedy: 'give the file itself a name that ends in .jar, .war or .ear',
  },
  'no-version': {
    meaning: 'a package whose version names no release, so that no advisory can be compared',
    remedy: 'give it the version that it has, or install it from its registry',
  },
  'not-read': {
    meaning: 'a manifest of a language that is no plain file',
    remedy: 'copy the file to its place, in place of a link, a sparse or a special file',
  },
} as const satisfies Readonly<Record<string, UnreadReason>>;
export type UnreadCode = keyof typeof unreadReasons;

/** Reasons that time alone or a fault of the suite gives, each with its meaning. Only readers and recommendations. */
export const lapseReasons = {
  stale: 'the image was last assessed with a database that is too old by now',
  overdue: 'a push has no answer after the time in which it should have one',
  parked: 'an event of the image could not be handled, so newer facts may be missing',
} as const;

/** Codes of failed scans, each with its meaning. The schema of `scan.completed` lists them and those of other parts. */
export const scanFailures = {
  deadline: 'the scan had no result before its deadline',
  timeout: 'the attempt took too long',
  'lease-expired': 'the process that scanned ended, at each attempt',
  'invalid-image': 'the image or the report about it is not valid',
  'security-violation': 'the scanner made a forbidden system call and was stopped',
  'scanner-crashed': 'the scanner was ended by a signal or an unusual status',
  'scanner-failed': 'the scanner reported an error',
  'witness-failed': 'the witness reported an error',
  'no-java-database': 'the image has Java archives, and the database that names them is missing',
  'too-much-output': 'the report is larger than a report may be',
  'too-much-diagnostics': 'the scanner wrote more messages than are kept',
  'out-of-memory': 'the scanner needed more memory than it may use',
  'too-many-processes': 'the scanner started more processes than it may',
  'empty-report': 'the scanner ended well, and wrote no report',
  'not-json': 'the report is not JSON',
  'wrong-schema': 'the report does not have the form that was expected',
  'wrong-artifact': 'the report is about another image',
  'packages-unreadable': 'the scanner could not read the packages',
  'too-many-findings': 'the report has more findings than are taken of one image',
  'oversized-entry': 'an entry of the report is larger than an event may be',
  'clock-behind': 'the clock of the runner is behind, so that it cannot tell the age of its database',
  'disk-full': 'the machine has no room for the image',
  'files-exhausted': 'the machine has no more open files',
  'system-failed': 'the machine refused a system call',
  internal: 'a fault of the program',
} as const;
export type ScanFailureCode = keyof typeof scanFailures;

/**
 * Codes of failures of a sandbox or of the blob store, each with its meaning. A scan waits until they pass. The schemas
 * of `scan.completed` and of marks list them.
 */
export const equipmentFailures = {
  'sandbox-missing': 'the runner lacks a program of its sandbox',
  'sandbox-unknown-driver': 'the runner knows no such sandbox',
  'sandbox-cannot-start': 'the sandbox did not start',
  'sandbox-unsupported-platform': 'the machine of the runner supports no sandbox',
  'sandbox-unsafe-input': 'a file that the sandbox should read is not safe to read',
  'sandbox-run-directory': 'the folder for running scans is not fit for them',
  'sandbox-cgroup': 'the runner cannot limit what a scan uses of the machine',
  'blob-unknown': 'the blob store does not have the blob',
  'blob-damaged': 'the blob does not match its name',
  'blob-too-large': 'the blob is larger than what is read of one',
  'blobs-unauthorized': 'the blob store refuses the credentials',
  'blobs-unreachable': 'the blob store does not answer',
  'blobs-unfit': 'the blob store does not support what is asked of it',
} as const;
export type EquipmentFailureCode = keyof typeof equipmentFailures;

/**
 * Codes of events that a service could not handle and parked, each with its meaning. Operators see them, and the schema
 * of marks lists them.
 */
export const parkReasons = {
  'unreadable-record': 'a record of the image in the log cannot be read',
  'not-a-cloud-event': 'a record of the image lacks an attribute of CloudEvents',
  'unknown-version': 'an event of the image has a version that does not exist',
  'invalid-event': 'the data of an event of the image does not match its schema',
  'unreadable-event': 'the data or an attribute of an event of the image cannot be parsed',
  'newer-version': 'an event of the image was emitted by a newer program',
  'handler-failed': 'the service failed at an event of the image',
  'key-halted': 'an event of the image waits behind an earlier one that is parked',
} as const;
export type ParkCode = keyof typeof parkReasons;

/**
 * Codes that only marks have, each with its meaning. A mark also has the codes of parked events, and those of attempts
 * that failed. The schema of marks lists all of them.
 */
export const markReasons = {
  'decision-failed': 'the service failed at its decision about the image',
  dropped: 'an operator dropped an event of the image, and nothing newer has replaced what it stated',
  'later-result': 'an event of the image was received after the mark that this one answers',
  troubled: 'the attempt to assess the image failed, and did not name a reason',
} as const;
export type MarkCode = keyof typeof markReasons;
