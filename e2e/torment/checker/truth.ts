import type { Placement } from '@assay/events';

/** The required result of an image, however often processes were killed. */
export interface Deserved {
  readonly status: 'healthy' | 'unhealthy' | 'not-applicable';
  readonly reason?: string;
}

/** A push that really happened. */
export interface TruePush extends Placement {
  readonly tag: string;
  readonly deserved: Deserved;
}

/** The facts, recorded by the processes that caused them. */
export interface TormentTruth {
  readonly pushes: readonly TruePush[];
  /** Ids of the notifications that the suite confirmed to have accepted. */
  readonly taken: ReadonlySet<string>;
  /** Ids of the unreadable records that the tormentor put into the log. */
  readonly poison: ReadonlySet<string>;
  /**
   * Ids of the events that were taken out of the log, of their scans and of their images. Events that followed from
   * them stay in the log.
   */
  readonly gone: ReadonlySet<string>;
}

export const truthfully = (more: Partial<TormentTruth> = {}): TormentTruth => ({
  pushes: [],
  taken: new Set(),
  poison: new Set(),
  gone: new Set(),
  ...more,
});
