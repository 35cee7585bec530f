import type { Cause, ImagePushed, Mode, PlanChanged } from '@assay/events';

/**
 * What was heard of one placement. Pushes and deletions come from two topics: their own clocks put them in order, not
 * their arrival.
 */
export interface ReceivedPlacement {
  /** The push heard last: each gets a verdict, however late it was told of. */
  readonly push?: { readonly data: ImagePushed; readonly cause: Cause };
  /** The latest `pushedAt` of all pushes: a push told late must not make a deletion count that a later push undid. */
  readonly latestPushedAt?: string;
  readonly deletion?: { readonly deletedAt: string; readonly cause: Cause };
}

/** What was said of one placement: the last verdict. */
export interface EmittedPlacement {
  readonly verdict: number;
  /** The push that it answered. */
  readonly pushId: string;
  /** `approved`, or the reason why not. */
  readonly outcome: string;
  readonly mode?: Mode;
  /** Digest of the advisory database that an approval named. */
  readonly database?: string;
  /** Id of the last recall that an approval named. */
  readonly recall?: string;
}

export type Received = Readonly<Record<string, ReceivedPlacement>>;
export type Emitted = Readonly<Record<string, EmittedPlacement>>;

/** A plan of a subscription, and since which event; of several, the one switched last comes last. */
export interface Switch {
  /** Whether it scans: one whose extension for that is off does not, whatever its tier. */
  readonly on: boolean;
  readonly mode: Mode;
  readonly cause: Cause;
  readonly changed: PlanChanged;
}

export interface KnownRegistry {
  readonly loginServer: string;
  readonly cloud: string;
  readonly networkAccess: 'public' | 'restricted';
  readonly removed: boolean;
  readonly cause: Cause;
}

/** What the config topics say. Ids are compared in lower case. */
export interface Config {
  readonly registries: Readonly<Record<string, KnownRegistry>>;
  /** By subscription, then by plan. */
  readonly plans: Readonly<Record<string, Readonly<Record<string, Switch>>>>;
  readonly database?: { readonly digest: string; readonly cause: Cause };
  /** The last recall of a scanner build, whichever: what was approved before it is scanned again. */
  readonly recall?: Cause;
}
