import type { Clock } from './clock.ts';
import type { Observer } from './observer.ts';
import { WakeTimer } from './wake-timer.ts';

/** Why a partition of a service stands still: it hears, answers and says nothing, and its store stays as it is. */
export interface Standstill {
  /** `log-changed`: the log is no longer what was read of it. An operator has to say how to go on. */
  readonly code: 'log-changed';
  readonly topic: string;
  /** Next offset of the topic: what was read up to there is in the store. */
  readonly offset: number;
  readonly message: string;
  /** When it was noticed, ISO 8601 UTC. */
  readonly since: string;
  /** Id of the event that said so: an order about it names it as its cause, and counts for no other. */
  readonly id: string;
}

/** A standstill, by what an operator calls its place. */
export interface Standing extends Standstill {
  readonly target: string;
}

const byTopic = (all: readonly Standing[]): readonly (readonly [Standing, ...Standing[]])[] => [
  ...(Map.groupBy(all, ({ topic }) => topic).values() as Iterable<[Standing, ...Standing[]]>),
];

/** Told while partitions stand still, to whoever reads the log of the process. */
export class StandsStill extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(all: readonly [Standing, ...Standing[]]) {
    const [{ target, code, message }] = all;
    super(
      all.length === 1
        ? `${target} stands still: ${message}`
        : `${all.length} partitions stand still, the first of them ${target}: ${message}`,
    );
    this.code = code;
    this.remedy = `see \`assay halted\`; restore the topic, or \`assay resume ${all.length === 1 ? target : '--all'}\`, which fills ${all.length === 1 ? 'the partition' : 'them'} anew from the log as it is (docs/operations.md, "A topic that was cut or made anew")`;
  }
}

/** By which a note is known as one about what stands still. */
const howToSee = 'see `assay halted`';

export const tellsOfStandstill = (note: string): boolean => note.includes(howToSee);

/** What stands still, a line for each topic with all places, for a probe. */
export const standstillNotes = (all: readonly Standing[]): readonly string[] =>
  byTopic(all).map(
    (some) =>
      `${some.map(({ target }) => target).join(', ')} ${some.length === 1 ? 'stands' : 'stand'} still, ${howToSee}: ${some[0].message}`,
  );

/** A start opens its partitions one after the other: they are told of together. */
const togetherMs = 3_000;
/** Who stands still for the same is told of again so seldom. */
const againMs = 60 * 60_000;

export interface StandstillPorts {
  readonly app: string;
  readonly clock: Clock;
  readonly failed: Observer['failed'];
  /** Those that stand still now. */
  readonly standing: () => readonly Standing[];
}

/** Tells of partitions that stand still: once for each topic, again where there are more of them, and else seldom. */
export class Standstills {
  readonly #told = new Map<string, { readonly targets: ReadonlySet<string>; readonly at: number }>();
  readonly #waker: WakeTimer;

  constructor(private readonly ports: StandstillPorts) {
    this.#waker = new WakeTimer(ports.clock, () => this.#tell());
  }

  /** Something may stand still that did not before. */
  look(): void {
    this.#waker.at(this.ports.clock.now() + togetherMs);
  }

  #tell(): void {
    const { app, clock, failed, standing } = this.ports;
    const now = clock.now();
    const groups = byTopic(standing());
    for (const topic of this.#told.keys()) if (!groups.some(([one]) => one.topic === topic)) this.#told.delete(topic);
    for (const some of groups) {
      const [{ topic }] = some;
      const known = this.#told.get(topic);
      if (known && now - known.at < againMs && some.every(({ target }) => known.targets.has(target))) continue;
      this.#told.set(topic, { targets: new Set(some.map(({ target }) => target)), at: now });
      failed(app, topic, new StandsStill(some));
    }
    if (groups.length > 0) this.#waker.at(now + againMs);
  }

  close(): void {
    this.#waker.close();
  }
}
