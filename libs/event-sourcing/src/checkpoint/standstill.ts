import type { Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import { WakeTimer } from '../processor/wake-timer.ts';

/**
 * Why a partition of a service stands still. It receives, evaluates and emits nothing, and its store stays as it is.
 */
export interface Standstill {
  /** `log-changed`: the log is no longer the one that was read. An operator has to decide how to go on. */
  readonly code: 'log-changed';
  readonly topic: string;
  /** Next offset of the topic. Everything before it is in the store. */
  readonly offset: number;
  readonly message: string;
  /** When it was detected, ISO 8601 UTC. */
  readonly since: string;
  /**
   * Id of the event that reported it. An order about it names that id as its cause, and counts for no other standstill.
   */
  readonly id: string;
}

/** A standstill with the target by which operators name it. */
export interface NamedStandstill extends Standstill {
  readonly target: string;
}

const byTopic = (all: readonly NamedStandstill[]): readonly (readonly [NamedStandstill, ...NamedStandstill[]])[] => [
  ...(Map.groupBy(all, ({ topic }) => topic).values() as Iterable<[NamedStandstill, ...NamedStandstill[]]>),
];

/** Logged while partitions stand still. */
export class StandsStill extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(all: readonly [NamedStandstill, ...NamedStandstill[]]) {
    const [{ target, code, message }] = all;
    super(
      all.length === 1
        ? `${target} stands still: ${message}`
        : `${all.length} partitions stand still, the first of them ${target}: ${message}`,
    );
    this.code = code;
    this.remedy =
      `see \`assay halted\`; restore the topic, or run \`assay resume ${all.length === 1 ? target : '--all'}\`, ` +
      `which rebuilds ${all.length === 1 ? 'the partition' : 'them'} from the log as it is ` +
      '(docs/operations.md, "A topic that was cut or made anew")';
  }
}

/** Identifies a note as being about a standstill. */
const howToSee = 'see `assay halted`';

export const isStandstillNote = (note: string): boolean => note.includes(howToSee);

/** Describes standstills for a probe: one line per topic, with all targets. */
export const standstillNotes = (all: readonly NamedStandstill[]): readonly string[] =>
  byTopic(all).map(
    (some) =>
      `${some.map(({ target }) => target).join(', ')} ${some.length === 1 ? 'stands' : 'stand'} still, ` +
      `${howToSee}: ${some[0].message}`,
  );

/** Delay in ms before a report, to report partitions together: a start opens them one after the other. */
const togetherMs = 3_000;
/** Pause in ms before an unchanged standstill is reported again. */
const againMs = 60 * 60_000;

export interface StandstillPorts {
  readonly app: string;
  readonly clock: Clock;
  readonly failed: Observer['failed'];
  /** The present standstills. */
  readonly standing: () => readonly NamedStandstill[];
}

/** Reports partitions that stand still: once per topic, again if there are more of them, and otherwise seldom. */
export class Standstills {
  readonly #reported = new Map<string, { readonly targets: ReadonlySet<string>; readonly at: number }>();
  readonly #waker: WakeTimer;

  constructor(private readonly ports: StandstillPorts) {
    this.#waker = new WakeTimer(ports.clock, () => this.#report());
  }

  /** Called when there may be a new standstill. */
  look(): void {
    this.#waker.at(this.ports.clock.now() + togetherMs);
  }

  #report(): void {
    const { app, clock, failed, standing } = this.ports;
    const now = clock.now();
    const groups = byTopic(standing());
    for (const topic of this.#reported.keys())
      if (!groups.some(([one]) => one.topic === topic)) this.#reported.delete(topic);
    for (const some of groups) {
      const [{ topic }] = some;
      const known = this.#reported.get(topic);
      if (known && now - known.at < againMs && some.every(({ target }) => known.targets.has(target))) continue;
      this.#reported.set(topic, { targets: new Set(some.map(({ target }) => target)), at: now });
      failed(app, topic, new StandsStill(some));
    }
    if (groups.length > 0) this.#waker.at(now + againMs);
  }

  close(): void {
    this.#waker.close();
  }
}
