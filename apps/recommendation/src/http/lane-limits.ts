/** Limits of the lanes in which routes read. */
export class LaneLimits {
  /** A statement of a page, ms. */
  readonly pageMs: number = 1_000;
  /** A statement of a read by key, ms. */
  readonly byKeyMs: number = 10_000;
  /** A walk, ms. */
  readonly walkMs: number = 10_000;
  /** A file, ms until all of it is made. */
  readonly fileMs: number = 30_000;
  /** Requests of a caller that wait in a line. */
  readonly waiting: number = 8;
  /** Clients of Azure send many requests at once, and wait: ten seconds of 50 a second. */
  readonly waitingArm: number = 500;
  /** Files that are sent at the same time. */
  readonly files: number = 4;
  /** A file or an export makes place for another caller after so long, ms. */
  readonly yieldsAfterMs: number = 60_000;

  constructor(given: Partial<LaneLimits> = {}) {
    Object.assign(this, given);
  }
}
