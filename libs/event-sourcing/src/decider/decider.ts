import {
  isEventFor,
  type AnyEvent,
  type App,
  type Cause,
  type EventFor,
  type MarkData,
  type Topic,
} from '@assay/events';
import type { Offsets } from '@assay/messaging';
import type { DueMark, Marks } from '../marks/partition-mark.ts';
import type { LaterCause, SettledPush } from '../observer.ts';
import type { Job, WantedJob } from '../stores/store.ts';

export { sharedLane } from '../jobs/lane.ts';
export {
  answerTo,
  coveringMark,
  exceptsRegistries,
  markAfter,
  type Coverable,
  type Covering,
  type DueMark,
  type Marks,
  type PartitionMark,
} from '../marks/partition-mark.ts';

/** The state of a key: the fold of the received events, and the fold of the emitted events. Neither reads the other. */
export interface State<Received, Emitted> {
  readonly received: Received;
  readonly emitted: Emitted;
  /**
   * Work data of the last decision. It is in no event: a restored state has none, and a rebuild does not compare it.
   */
  readonly note?: object;
  /** Facts about the key that metrics follow. Like a note, they are in no event; a restored state has none. */
  readonly tally?: object;
  /** Settled pushes that count once a decision about the key is made. In no event, too; absent if there are none. */
  readonly undecided?: readonly SettledAt[];
}

/** A push that is settled, with the times by which to measure it, ms since the epoch. */
export interface SettledAt extends Omit<SettledPush, 'inTime' | 'seconds'> {
  readonly receivedAt: number;
  /** It is in time until then. */
  readonly deadline: number;
}

/** The facts that metrics follow about a key from now on, and the pushes that the last step settled. */
export interface Tallied {
  readonly tally: object | undefined;
  readonly settled: readonly SettledAt[];
}

/**
 * Follows the pushes of a key until they are settled, for metrics and the log. It decides nothing. Its results count
 * once they are committed, so repeats and other instances settle nothing twice; a restore settles nothing.
 */
export interface Tallies<Received, Emitted> {
  /** @param after the fold of the event into the state */
  readonly received: (state: State<Received, Emitted>, event: AnyEvent, after: Received) => Tallied;
  /** Everything in the log until then (ms since the epoch) was received. */
  readonly waited: (state: State<Received, Emitted>, receivedUntil: number) => Tallied;
  /**
   * The cause of an emitted change that no push asked for, and its time in ms since the epoch. Nothing for an event
   * that is none.
   *
   * @param received the events that were received before it in the same unit of work
   * @param settled the pushes that were settled there
   */
  readonly changed: (
    emitted: AnyEvent,
    received: readonly AnyEvent[],
    settled: readonly SettledAt[],
  ) => { readonly cause: LaterCause; readonly at: number } | undefined;
}

/** An event to be emitted. The processor adds its id, time, sequence and trace. */
export interface EventDraft {
  readonly topic: Topic;
  readonly data: object;
  readonly cause: Cause;
  /** Makes the id unique under its cause: the placement, or the key. */
  readonly idempotencyKey: string;
  /** A page number, or any other text that distinguishes two answers to one cause. */
  readonly occurrence?: string | number;
  /** The key of the event, if it is not the evaluated key (`notification.received` of another digest). */
  readonly key?: string;
  /** A fixed id, if the contract prescribes how it is made. */
  readonly id?: string;
  /** `traceparent`s of related events that did not cause this event. */
  readonly links?: readonly (string | undefined)[];
}

/** The result of evaluating a key: the events that should have been emitted about it, but were not. */
export interface Decision {
  readonly events: readonly EventDraft[];
  /** Long-running work that this key needs now. Jobs not listed any more are withdrawn. */
  readonly jobs?: readonly WantedJob[];
  /** When to evaluate the key again even if nothing happens, ms since the epoch. */
  readonly wakeAt?: number | undefined;
  /**
   * When this decision may become invalid by time alone, ms since the epoch. Not stored by key: a partition has one
   * timer for the earliest time of all its keys, and then evaluates every key. Meant for times that are far away and
   * seldom reached.
   */
  readonly lapsesAt?: number | undefined;
  /**
   * True if the next mark that is received may change this decision. All keys of the partition are evaluated then, as
   * for a lapse. Meant for a service that decides by absence, or has `markMatters`.
   */
  readonly awaitsMark?: boolean | undefined;
  /** Kept with the state, and given to the next decision. A decision without it removes it. */
  readonly note?: object | undefined;
  readonly census?: Census;
}

/** Counts of decisions that lapse, by which a service holds back what would end too much at once. */
export interface Census {
  readonly open: number;
  /** Those of them that end within a day. */
  readonly ending: number;
  /** Those that wait for the survey alone. */
  readonly due: number;
}

export const noCensus: Census = { open: 0, ending: 0, due: 0 };

export const censusOf = (a: Census, b: Census): Census => ({
  open: a.open + b.open,
  ending: a.ending + b.ending,
  due: a.due + b.due,
});

/** The result of a survey: whether what is due may end, and what is to be recorded of it. */
export interface Surveyed {
  readonly isLet: boolean;
  readonly report?: EventDraft;
}

export interface DecideContext<Config> {
  /** The evaluated key: an image digest. */
  readonly key: string;
  readonly config: Config;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The present jobs of the key. */
  readonly jobs: readonly Job[];
  /**
   * All events in the log at this time (ms since the epoch) have been received. So until then, a missing event means
   * that there was none.
   */
  readonly receivedUntil?: number | undefined;
  /** True if the survey of the partition let end what is due. */
  readonly isSurveyed?: boolean | undefined;
  /** The last marks of the partition, received and emitted. `coveringMark` finds what they cover. */
  readonly marks: Marks;
  /** True if the key received something behind a mark that is not answered yet. The answer will except the key. */
  readonly isBehindMark?: boolean | undefined;
  /** The note of the last decision. Absent after a restore. */
  readonly note?: object | undefined;
}

/** The circumstances in which a summary is held against a change of config. */
export interface SummaryContext<Config> {
  readonly config: Config;
  /**
   * Next offset by config topic by which every key was evaluated before. Config events at these offsets and later are
   * new to the key. A topic that is missing was never evaluated.
   */
  readonly since: Offsets;
}

/** The logic of a service, apart from the outside world: pure, synchronous and deterministic. */
export interface Decider<Received, Emitted, Config> {
  readonly app: App;
  /**
   * Version of the states that the folds make. Raised with every change of the result for the same events. States of
   * another version are restored from the log. `tools/states/states.spec.ts` fails if only one of the two changed.
   */
  readonly stateVersion: number;
  /** True if decisions ask for jobs. Otherwise no jobs are looked up. */
  readonly hasJobs?: boolean;
  /**
   * True if decisions draw conclusions from missing events. A due key is then only evaluated after everything in the
   * log was received.
   */
  readonly decidesByAbsence?: boolean;
  readonly empty: () => State<Received, Emitted>;
  /** Folds a received event. */
  readonly evolveReceived: (received: Received, event: AnyEvent) => Received;
  /** Folds an event that the service itself emitted. */
  readonly evolveEmitted: (emitted: Emitted, event: AnyEvent) => Emitted;
  /**
   * Folds that an operator dropped an event of the key from a topic, in its order among the events of the topic. An
   * event before it may be redriven after the drop, which is then folded once more. So folding a drop, events and the
   * drop must give the same as folding the events and the drop. Folds of other topics must not depend on the drop.
   */
  readonly evolveDropped?: (received: Received, topic: string) => Received;
  /**
   * True if nothing is missing in the state of a key once this event is folded, even if an operator dropped others of
   * the key before. Until then a mark excepts the key. Absent: any event will do.
   */
  readonly isWhole?: (received: Received, event: AnyEvent) => boolean;
  /**
   * Drops what both halves together show to be over, such as an answered approval. Applied whenever a state is written.
   * When and how often that happens must not matter. So for each event and each of the two folds, folding and then
   * compacting has the same result whether or not the state was compacted before, and it leads to the same decision. A
   * restore folds all emitted events before the first received event: nothing may be dropped that only one half has.
   */
  readonly compact?: (state: State<Received, Emitted>) => State<Received, Emitted>;
  readonly decide: (state: State<Received, Emitted>, context: DecideContext<Config>) => Decision;
  /**
   * Makes of the two halves the facts that decide whether a change of config may concern a key, in at most 1,024 bytes
   * of UTF-8. Stored beside the state. A key without a summary, or with a longer one, is evaluated after each change. A
   * summary made in another form counts as another state: it raises `stateVersion`.
   */
  readonly summarise?: (state: State<Received, Emitted>) => string | undefined;
  /**
   * False only if no config event since the last evaluation can change the decision about the key with this summary.
   * The walk after a change of config then passes over the key without reading its state.
   */
  readonly mayConcern?: (summary: string, context: SummaryContext<Config>) => boolean;
  /** Judges the sums of a walk over all keys for a lapse of time. If it lets, another walk ends what is due. */
  readonly survey?: (
    census: Census,
    context: { readonly config: Config; readonly partition: number; readonly now: number },
  ) => Surveyed;
  /** Present if pushes are settled here. */
  readonly tallies?: Tallies<Received, Emitted>;
  readonly noConfig: Config;
  /** Folds an event of the config topics that the service follows. The offset is that of its record in the topic. */
  readonly evolveConfig: (config: Config, event: AnyEvent, offset: number) => Config;
  /**
   * The mark that the service owes its partition, without exceptions; nothing once `marks.emitted` is that. The
   * processor emits it when every key was evaluated by the present config, and no job of the lane `rescan` is open. It
   * excepts keys with a troubled job of that lane, halted keys, keys whose decision threw, and the exceptions of a mark
   * that it answers. A service that consumes marks answers each before it reads on (`answerTo`).
   *
   * A decision that emits a result must want the job for it, if the result is due: the key is not evaluated again
   * before the mark.
   */
  readonly mark?: (context: { readonly config: Config; readonly marks: Marks }) => DueMark | undefined;
  /**
   * All registries that have the key of a job of the lane `rescan`, in lower case, by the payload of the job. If more
   * keys are in trouble than a mark may except, it excepts registries in their place.
   */
  readonly registriesIn?: (payload: object) => readonly string[];
  /** True if a received mark can change any decision. All keys are evaluated behind it. */
  readonly markMatters?: (mark: MarkData, config: Config) => boolean;
  /** True if a config event can change any decision. All keys are evaluated after such an event. */
  readonly matters?: (event: AnyEvent) => boolean;
}

/** A decider whose folds take the events that the flow sends to its service, each with the type of its data. */
export interface TypedDecider<A extends App, Received, Emitted, Config> extends Omit<
  Decider<Received, Emitted, Config>,
  'app' | 'evolveReceived' | 'isWhole' | 'evolveEmitted' | 'evolveConfig'
> {
  readonly app: A;
  readonly evolveReceived: (received: Received, event: EventFor<A>) => Received;
  readonly isWhole?: (received: Received, event: EventFor<A>) => boolean;
  readonly evolveEmitted: (emitted: Emitted, event: EventFor<A, 'produces'>) => Emitted;
  readonly evolveConfig: (config: Config, event: EventFor<A, 'config'>, offset: number) => Config;
}

/**
 * Makes a decider of typed folds: the one place where an event that is only carried becomes one whose data is read.
 *
 * Its folds throw a TypeError for an event that the flow does not send to them. Topics, subscriptions and restores are
 * made of the flow, so that is a fault of the program; a received event is parked then, instead of being passed over.
 */
export const defineDecider = <A extends App, Received, Emitted, Config>(
  typed: TypedDecider<A, Received, Emitted, Config>,
): Decider<Received, Emitted, Config> => ({
  ...typed,
  isWhole: (received, event) =>
    !typed.isWhole || (isEventFor(typed.app, 'consumes', event) && typed.isWhole(received, event)),
  evolveReceived: (received, event) =>
    isEventFor(typed.app, 'consumes', event) ? typed.evolveReceived(received, event) : refuse(typed.app, event),
  evolveEmitted: (emitted, event) =>
    isEventFor(typed.app, 'produces', event) ? typed.evolveEmitted(emitted, event) : refuse(typed.app, event),
  evolveConfig: (config, event, offset) =>
    isEventFor(typed.app, 'config', event) ? typed.evolveConfig(config, event, offset) : refuse(typed.app, event),
});

const refuse = (app: App, { topic }: AnyEvent): never => {
  throw new TypeError(`the flow sends no ${topic} to this fold of ${app}`);
};
