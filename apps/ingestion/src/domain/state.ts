import type { Cause, Facts, NotificationReceived, RegistryObserved, Sender } from '@assay/events';

/** A push that somebody told of. */
export interface Push {
  readonly cause: Cause;
  readonly sender: Sender;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly tag?: string;
  readonly mediaType?: string;
  readonly listedIn?: string;
}

/** Everything heard of a digest in one repository. */
export interface HeardSource {
  readonly loginServer?: string;
  readonly registryId?: string;
  readonly repository: string;
  /** Ids of all notifications, so that a repeat is known. */
  readonly seen: Readonly<Record<string, true>>;
  /** Pushes in the order heard. */
  readonly pushes: readonly Push[];
  readonly deletions: readonly { readonly cause: Cause; readonly deletedAt: string; readonly receivedAt: string }[];
}

export type Heard = Readonly<Record<string, HeardSource>>;

export interface Said {
  /** Ids of the notifications that were answered, by `image.pushed` or `image.deleted`. */
  readonly answered: Readonly<Record<string, true>>;
  /** What the manifest is, once it was read. A digest is always the same manifest. */
  readonly facts?: { readonly facts: Facts; readonly mediaType: string };
  /** Placements whose registry gave the manifest when it was asked. Stores that an older program filled have none. */
  readonly shown?: Readonly<Record<string, true>>;
}

export interface Config {
  /** By login server, in lower case. */
  readonly byLoginServer: Readonly<Record<string, RegistryObserved>>;
  readonly byId: Readonly<Record<string, RegistryObserved>>;
}

/** What an inspection job needs to know. */
export interface InspectTask {
  readonly loginServer: string;
  readonly repository: string;
  readonly digest: string;
  readonly tag?: string;
  /** An index lists it: then it must not be one itself. */
  readonly listed: boolean;
  readonly traceparent?: string;
}

export type InspectResult =
  | { readonly facts: Facts; readonly mediaType: string }
  | { readonly code: string; readonly message: string; readonly attempts: number }
  | { readonly failed: string };

export type { NotificationReceived };
