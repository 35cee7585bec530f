/** The closed lists of values in events (one word per idea). */
export const severities = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const;
export type Severity = (typeof severities)[number];

export const senders = [
  'acr',
  'distribution',
  'event-grid',
  'cloud-event',
  'sweep',
  'index',
  'tag',
  'command',
] as const;
export type Sender = (typeof senders)[number];

export const lanes = ['push', 'backfill', 'rescan'] as const;
export type Lane = (typeof lanes)[number];

export const modes = ['classic', 'extended'] as const;
export type Mode = (typeof modes)[number];

export const outcomes = ['succeeded', 'failed', 'timed-out', 'cancelled'] as const;
export type Outcome = (typeof outcomes)[number];

/** Statuses of an image in terminal events. The API adds `queued` and `scanning`, which no event carries. */
export const statuses = ['healthy', 'unhealthy', 'not-applicable', 'undetermined'] as const;
export type Status = (typeof statuses)[number];

/**
 * Reasons that result from time alone: a healthy status by a database now too old, a push without an answer, both
 * `undetermined`; or an image without a tag for so long that its recommendation is closed.
 */
export const lapses = ['stale', 'overdue', 'untagged'] as const;
export const isLapse = (reason: string | undefined): boolean =>
  (lapses as readonly (string | undefined)[]).includes(reason);

/** Azure's codes for an assessment of a resource. */
export const assessmentCodes = ['Healthy', 'Unhealthy', 'NotApplicable'] as const;
export type AssessmentCode = (typeof assessmentCodes)[number];

export const causes = ['scan', 'rescan', 'rule', 'recall'] as const;
export type ClassificationCause = (typeof causes)[number];

/** Kinds of package databases that the witness knows. Events may have others: the list is open. */
export const packageDatabaseKinds = ['dpkg', 'apk', 'rpm', 'pacman', 'portage', 'opkg'] as const;
export type PackageDatabaseKind = (typeof packageDatabaseKinds)[number];

/**
 * Kinds of disagreements about an image:
 * - `packages`: a package database and the scanner's report list different packages;
 * - `other-database`: a package list elsewhere in the image has packages that the report lacks;
 * - `several-systems`: there are databases of several kinds, or of several roots;
 * - `system`: files and packages name different systems or releases;
 * - `database-kind`: the family of the system does not use this kind of database;
 * - `no-database`: the system names itself, and has no package database.
 *
 * Events may have others: the list is open, and readers treat an unknown kind like `packages`.
 */
export const disagreementKinds = [
  'packages',
  'other-database',
  'several-systems',
  'system',
  'database-kind',
  'no-database',
  'manifests',
] as const;
export type DisagreementKind = (typeof disagreementKinds)[number];

/** Warnings of a scanner about its own report. Events may have others: the list is open. */
export const scannerWarnings = ['packages-unreadable'] as const;
export type ScannerWarning = (typeof scannerWarnings)[number];

export const plans = ['ContainerRegistry', 'Containers'] as const;
export type Plan = (typeof plans)[number];

export const tiers = ['Standard', 'Free'] as const;
export type Tier = (typeof tiers)[number];
