import type { Database, Mode, OperatingSystem, Outcome, SystemPackages, Uncovered, Witness } from '@assay/events';

/** Facts about an image besides its findings. They decide whether an absence of findings can be trusted. */
export interface Evidence {
  readonly outcome: Outcome;
  /** A code, if the scan did not succeed. */
  readonly failure?: string;
  /** True if the scanner build that reported the result was recalled. */
  readonly recalled: boolean;
  /** True if the database by which the image was assessed last was recalled. */
  readonly databaseRecalled?: boolean;
  readonly mode: Mode;
  readonly os?: Readonly<OperatingSystem>;
  /** Absent if the system packages are unknown. */
  readonly system?: Readonly<SystemPackages>;
  /** Absent if no witness looked at the image: it was scanned by an older release, or the witness could not run. */
  readonly witness?: Readonly<Pick<Witness, 'unread' | 'disagreements'>>;
  /** The scanner's warnings about its own report. */
  readonly warnings?: readonly string[];
  /** Parts of the image of which the database has no advisories. */
  readonly uncovered?: Readonly<Uncovered>;
  readonly database: Readonly<Pick<Database, 'builtAt' | 'demonstration' | 'covers' | 'tooOldDays'>>;
  /**
   * When the database was queried, ms since the epoch: at the start of the scan or, if an older scan of the digest was
   * joined, at the push.
   */
  readonly evaluatedMs: number;
  /** True if the database is now too old to trust. Only known when the status is read. */
  readonly stale?: boolean;
  /** True if a newer event of the image is parked. Only known when the status is read. */
  readonly parked?: boolean;
}
