import type { Database, Mode, OperatingSystem, Outcome, SystemPackages } from '@assay/events';

/** What is known of an image besides its findings: what it rests on that there are no worse ones. */
export interface Evidence {
  readonly outcome: Outcome;
  /** A code, where the scan did not succeed. */
  readonly failure?: string;
  /** The build of the scanner that said it was recalled. */
  readonly recalled: boolean;
  readonly mode: Mode;
  readonly os?: Readonly<OperatingSystem>;
  /** Nothing where nobody said what packages the system has. */
  readonly system?: Readonly<SystemPackages>;
  readonly database: Readonly<Pick<Database, 'builtAt' | 'demonstration' | 'covers'>>;
  /**
   * When the database was asked, ms since the epoch: at the start of the scan or, where an older scan of the digest was
   * joined, at the push.
   */
  readonly askedMs: number;
  /** What only whoever reads later can know: the database has become too old to trust. */
  readonly stale?: boolean;
  /** And: something newer was said of the image that could not be taken in. */
  readonly parked?: boolean;
}
