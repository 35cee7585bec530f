import type { Cause, Facts, NotificationReceived, RegistryObserved, Sender } from '@assay/events';

/** A push that somebody told of. */
export interface Push {
  readonly cause: Cause;
  readonly sender: Sender;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly tag?: string;
  /** All its names, where it was told of under several at once. */
  readonly tags?: readonly string[];
  readonly mediaType?: string;
  readonly listedIn?: string;
}

export const answeredIn = ({ answered }: Emitted): readonly string[] =>
  'length' in answered ? (answered as readonly string[]) : Object.keys(answered);

/** The names under which a digest was pushed, as they were told. */
export const namesOf = (pushes: readonly Push[]): string[] =>
  pushes.flatMap(({ tag, tags }) => tags ?? (tag ? [tag] : []));

/** Everything heard of a digest in one repository. */
export interface ReceivedSource {
  readonly loginServer?: string;
  readonly registryId?: string;
  readonly repository: string;
  /**
   * Ids of the notifications that told nothing new, so that a repeat is known; those of the others are in what they
   * told.
   */
  readonly seen: Readonly<Record<string, true>>;
  /** Pushes in the order heard. */
  readonly pushes: readonly Push[];
  readonly deletions: readonly { readonly cause: Cause; readonly deletedAt: string; readonly receivedAt: string }[];
}

export type Received = Readonly<Record<string, ReceivedSource>>;

export interface Emitted {
  /**
   * Ids of the notifications that were answered, by `image.pushed` or `image.deleted`, in that order: a list, since
   * thousands may name one digest, and a record is copied a hundred times slower. An older program stored one.
   */
  readonly answered: readonly string[] | Readonly<Record<string, true>>;
  /**
   * By placement, the last notification that was answered by what went wrong, by which code (none where it was not
   * asked for) and how often, while it is tried again.
   */
  readonly trying?: Readonly<Record<string, { readonly id: string; readonly code?: string; readonly times?: number }>>;
  /** Ids of the notifications of which was told that they are not answered yet. */
  readonly early?: readonly string[];
  /** What the manifest is, once it was read. A digest is always the same manifest. */
  readonly facts?: { readonly facts: Facts; readonly mediaType: string };
  /** Placements whose registry gave the manifest when it was asked. Stores that an older program filled have none. */
  readonly shown?: Readonly<Record<string, true>>;
}

/** A sweep that found so much gone that it says nothing of it before somebody orders it. */
export interface HeldSweep {
  readonly gone: number;
  readonly known: number;
  readonly since: string;
  /** Who confirmed it, and why; by its event's id it is told of what came of it. */
  readonly order?: { readonly id: string; readonly by: string; readonly why: string };
}

/**
 * What was said last of the sweeps of a registry but that they are held: `reached`, `failed`, `swept` as was ordered,
 * or `released`.
 */
export interface SaidOfSweep {
  readonly outcome: string;
  readonly since: string;
  readonly by: string;
  readonly why: string;
}

export interface Config {
  /** By login server, in lower case. */
  readonly byLoginServer: Readonly<Record<string, RegistryObserved>>;
  readonly byId: Readonly<Record<string, RegistryObserved>>;
  /** Held sweeps, by registry id in lower case. */
  readonly held: Readonly<Record<string, HeldSweep>>;
  /** By registry id in lower case; of one that was never swept nothing. */
  readonly sweeps: Readonly<Record<string, SaidOfSweep>>;
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
  /**
   * The last push that waits for it, and how the registry is reached: a job that waits is done at once where one of
   * them changes.
   */
  readonly lastPush: string;
  readonly reached: string;
}

/** What is said of a manifest that is tried for. */
export interface Vain {
  readonly trying?: true;
  readonly unasked?: true;
  readonly early?: true;
}

export type InspectResult =
  | { readonly facts: Facts; readonly mediaType: string }
  | ({ readonly code: string; readonly message: string; readonly attempts: number } & Vain)
  | { readonly failed: string };

export type { NotificationReceived };
