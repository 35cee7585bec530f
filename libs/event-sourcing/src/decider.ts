import { isEventFor, type AnyEvent, type App, type Cause, type EventFor, type Topic } from '@assay/events';
import type { Job, WantedJob } from './store.ts';

/** What is known of a key: the fold of what was heard, and the fold of what was said. Neither reads the other. */
export interface State<Received, Emitted> {
  readonly received: Received;
  readonly emitted: Emitted;
}

/** An event that ought to be said; the worker gives it its id, time, sequence and trace. */
export interface EventDraft {
  readonly topic: Topic;
  readonly data: object;
  readonly cause: Cause;
  /** What makes the id unique under its cause: the placement, or the key. */
  readonly idempotencyKey: string;
  /** A page number, or whatever else tells two answers to one cause apart. */
  readonly occurrence?: string | number;
  /**
   * The key it is said under, where it is not the key that was asked about (`notification.received` of another digest).
   */
  readonly key?: string;
  /** A fixed id, where the contract prescribes how it is made. */
  readonly id?: string;
  /** `traceparent`s of what this has to do with but was not caused by. */
  readonly links?: readonly (string | undefined)[];
}

/** The answer to the one question: what should have been said about this key and has not? */
export interface Decision {
  readonly events: readonly EventDraft[];
  /** Long work that this key wants done now; what is not wanted any more is withdrawn. */
  readonly jobs?: readonly WantedJob[];
  /** When to ask again even if nothing happens, ms since the epoch. */
  readonly wakeAt?: number | undefined;
  /**
   * When this answer may hold no longer by time alone, ms since the epoch. Nothing of it is stored: a partition has one
   * timer for the earliest of all its keys, and then asks about each of them. For what comes to an end far away, and
   * seldom does.
   */
  readonly lapsesAt?: number | undefined;
}

export interface DecideContext<Config> {
  /** The key that is asked about: an image digest. */
  readonly key: string;
  readonly config: Config;
  /** ms since the epoch. */
  readonly now: number;
  /** The key's jobs as they stand. */
  readonly jobs: readonly Job[];
  /**
   * All has been heard that lay in the log at this time (ms since the epoch): until then, it is an answer that nothing
   * was heard.
   */
  readonly receivedUntil?: number | undefined;
}

/** What a service is, apart from the outside world: pure, synchronous and deterministic. */
export interface Decider<Received, Emitted, Config> {
  readonly app: App;
  /**
   * Of the states that its folds make: raised with every change of what they make of the same events. States of another
   * version are made anew from the log. `tools/states.spec.ts` fails where one changed and the other did not.
   */
  readonly stateVersion: number;
  /** Its decisions ask for long work. Of who does not say so, no jobs are looked up. */
  readonly hasJobs?: boolean;
  /**
   * Its decisions take silence for an answer: what time brings about is asked only once all that lies in the log has
   * been heard.
   */
  readonly judgesSilence?: boolean;
  readonly empty: () => State<Received, Emitted>;
  /** The fold of what is heard. */
  readonly evolveReceived: (received: Received, event: AnyEvent) => Received;
  /** The fold of what the service itself said. */
  readonly evolveEmitted: (emitted: Emitted, event: AnyEvent) => Emitted;
  readonly decide: (state: State<Received, Emitted>, context: DecideContext<Config>) => Decision;
  readonly noConfig: Config;
  /** The fold of the config topics that it follows. */
  readonly evolveConfig: (config: Config, event: AnyEvent) => Config;
  /** Whether a config event can change any answer; a walk over all keys follows when it can. */
  readonly matters?: (event: AnyEvent) => boolean;
}

/** A decider whose folds take the events that the flow sends to its service, each with the type of its data. */
export interface TypedDecider<A extends App, Received, Emitted, Config> extends Omit<
  Decider<Received, Emitted, Config>,
  'app' | 'evolveReceived' | 'evolveEmitted' | 'evolveConfig'
> {
  readonly app: A;
  readonly evolveReceived: (received: Received, event: EventFor<A>) => Received;
  readonly evolveEmitted: (emitted: Emitted, event: EventFor<A, 'produces'>) => Emitted;
  readonly evolveConfig: (config: Config, event: EventFor<A, 'config'>) => Config;
}

/**
 * Makes a decider of typed folds: the one place where an event that is only carried becomes one whose data is read.
 *
 * Its folds throw a TypeError for an event that the flow does not send to them; the event is parked then, instead of
 * being passed over.
 */
export const defineDecider = <A extends App, Received, Emitted, Config>(
  typed: TypedDecider<A, Received, Emitted, Config>,
): Decider<Received, Emitted, Config> => ({
  ...typed,
  evolveReceived: (received, event) =>
    isEventFor(typed.app, 'consumes', event) ? typed.evolveReceived(received, event) : refuse(typed.app, event),
  evolveEmitted: (emitted, event) =>
    isEventFor(typed.app, 'produces', event) ? typed.evolveEmitted(emitted, event) : refuse(typed.app, event),
  evolveConfig: (config, event) =>
    isEventFor(typed.app, 'config', event) ? typed.evolveConfig(config, event) : refuse(typed.app, event),
});

const refuse = (app: App, { topic }: AnyEvent): never => {
  throw new TypeError(`the flow sends no ${topic} to this fold of ${app}`);
};
