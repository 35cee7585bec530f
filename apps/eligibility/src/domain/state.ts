import type { Map as ImmutableMap } from 'immutable';
import type { Cause, ImagePushed, Mode, PlanChanged } from '@assay/events';

/**
 * State received of one placement. Pushes and deletions come from two topics, so their own timestamps order them, not
 * their arrival.
 */
export interface ReceivedPlacement {
  /** The last push received: each push gets a verdict, however late it arrives. */
  readonly push?: { readonly data: ImagePushed; readonly cause: Cause };
  /**
   * The latest `pushedAt` of all pushes: a push that arrives late must not revive a deletion that a later push undid.
   */
  readonly latestPushedAt?: string;
  readonly deletion?: { readonly deletedAt: string; readonly cause: Cause };
}

/** The last verdict emitted for one placement. */
export interface EmittedPlacement {
  readonly verdict: number;
  /** The push that the verdict answers. */
  readonly pushId: string;
  /** `approved`, or the reason of the refusal. */
  readonly outcome: string;
  readonly mode?: Mode;
  /** Id of the last recall that an approval named. */
  readonly recall?: string;
}

export type Received = Readonly<Record<string, ReceivedPlacement>>;
export type Emitted = Readonly<Record<string, EmittedPlacement>>;

/** A value and the event that moved it there. An event that repeats the value moves nothing. */
export interface Moved<Value> {
  readonly value: Value;
  readonly cause: Cause;
}

/** A plan of a subscription, as it was switched last. */
export interface Switch {
  /** True if the plan scans: its tier is Standard, and for Containers the registry extension is not off. */
  readonly on: boolean;
  readonly mode: Mode;
  readonly changed: PlanChanged;
}

/** The plans of a subscription, combined. */
export interface CombinedPlans {
  /** True if any plan is on. */
  readonly on: Moved<boolean>;
  /** Extended if any plan that is on is extended. */
  readonly mode: Moved<Mode>;
}

export interface KnownRegistry {
  readonly loginServer: string;
  readonly cloud: string;
  /** `public` also for a restricted one whose images are assessed. */
  readonly networkAccess: 'public' | 'restricted';
  /** The network as Azure Resource Manager stated it, and since when. */
  readonly stated?: string;
  readonly removed: boolean;
  /** True if it was removed, and its images are to be closed. */
  readonly closed: boolean;
  /** The event that moved the login server, the cloud, the network access or the closing last. */
  readonly cause: Cause;
}

/** Fold of the config topics. Ids are keyed in lower case. */
export interface Config {
  readonly registries: ImmutableMap<string, KnownRegistry>;
  /** True for each subscription that a discovery lists, false for one that none does any more. */
  readonly subscriptions: Readonly<Record<string, boolean>>;
  /** By subscription, then by plan. */
  readonly plans: Readonly<Record<string, Readonly<Record<string, Switch>>>>;
  /** By subscription. */
  readonly combined: Readonly<Record<string, CombinedPlans>>;
  /** The last recall of any scanner build. Images approved before it are scanned again. */
  readonly recall?: Cause;
}
