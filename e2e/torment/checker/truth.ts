import type { Placement } from '@assay/events';

/** What an image must come to, whoever else was killed meanwhile. */
export interface Deserved {
  readonly status: 'healthy' | 'unhealthy' | 'not-applicable';
  readonly reason?: string;
}

/** A push that really happened. */
export interface Pushed extends Placement {
  readonly tag: string;
  readonly deserved: Deserved;
}

/** What really happened, as those know it who did it. */
export interface Truth {
  readonly pushes: readonly Pushed[];
  /** Ids of the notifications that the suite was given and said it had taken. */
  readonly taken: ReadonlySet<string>;
  /** Ids of the records that nobody can read, which the tormentor put into the log. */
  readonly poison: ReadonlySet<string>;
  /**
   * Ids of the events that were taken out of the log, and of the scans that they tell of; what was said because of them
   * stays said.
   */
  readonly gone: ReadonlySet<string>;
}

export const truthfully = (more: Partial<Truth> = {}): Truth => ({
  pushes: [],
  taken: new Set(),
  poison: new Set(),
  gone: new Set(),
  ...more,
});
