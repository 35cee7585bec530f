import {
  checkSchemas,
  decode,
  definitions,
  markDefinition,
  present,
  type AnyEvent,
  type App,
  type Topic,
} from '@assay/events';
import {
  changeIn,
  LogChanged,
  newerAt,
  readMark,
  type Batch,
  type EventLog,
  type Follower,
  type Offsets,
  type ReadMark,
  type ReadMarks,
  type ReadUpTo,
  type Wait,
} from '@assay/messaging';
import { sleep, systemClock, type Clock } from '../clock.ts';
import { silent, type Observer } from '../observer.ts';
import { OperatorCommands } from '../parking/operator-commands.ts';
import type { Decider } from '../decider/decider.ts';

/** Pause in ms before a log that seems to lack records is asked again. */
const logAgainMs = 1000;

/** The state folded from the config topics. */
class Folded<C> {
  offsets: Offsets = {};
  marks: ReadMarks = {};
  readonly read = new Set<string>();
  readonly orders: OperatorCommands;
  readonly waits = new Map<string, Wait>();

  constructor(
    app: App,
    public value: C,
  ) {
    this.orders = new OperatorCommands(app);
  }
}

export interface ConfigPorts {
  /** Receives config records that cannot be read. They are skipped, by every instance alike. */
  readonly observer?: Pick<Observer, 'failed'> | undefined;
  /** Receives the wait for config that only a newer program can read. The topic is not followed any further. */
  readonly waiting?: (wait: Wait) => void;
  readonly clock?: Clock | undefined;
}

/** Folds the config topics into memory. Every instance has its own state and begins at the start. */
export class ConfigFollower<C> {
  #known: Folded<C>;
  /** The state being built: `#known` itself, or its replacement until all of the log is read. */
  #reading: Folded<C>;
  /** Next offset and last record read, by topic. */
  readonly #at = new Map<string, Pick<ReadUpTo, 'next' | 'mark'>>();
  #log: EventLog | undefined;
  #follower: Follower | undefined;
  #renewing: Promise<void> | undefined;
  #isIgnoring = false;
  #isClosed = false;
  readonly #watchers = new Set<() => void>();
  readonly #clock: Clock;
  /**
   * Called if the log was not the one read before, and all of it was read from scratch. Everything that rests on the
   * config must then be compared.
   */
  renewed: () => void = () => undefined;

  constructor(
    private readonly program: Pick<Decider<never, never, C>, 'app' | 'noConfig' | 'evolveConfig' | 'matters'>,
    private readonly topics: readonly Topic[],
    private readonly ports: ConfigPorts = {},
  ) {
    this.#known = this.#reading = new Folded(program.app, program.noConfig);
    this.#clock = ports.clock ?? systemClock;
  }

  /**
   * Reads the config topics to their end, then follows them.
   * @throws SchemaMissing if events could not be validated
   */
  async start(log: EventLog): Promise<void> {
    checkSchemas([...definitions, markDefinition]);
    if (this.topics.length === 0) return;
    this.#log = log;
    await this.#follow(log);
  }

  async #follow(log: EventLog): Promise<void> {
    this.#at.clear();
    this.#follower = await log.follow(this.topics, { onBatch: (batch) => this.#take(batch) });
    await this.#follower.caughtUp();
  }

  /** Resolves when everything in the config topics at the time of the call is known here. */
  async caughtUp(): Promise<void> {
    while (this.#renewing) await this.#renewing;
    await this.#follower?.caughtUp();
  }

  /** Reasons why the config is incomplete. No decision may rest on it then. */
  get waits(): readonly Wait[] {
    return [...this.#known.waits.values()];
  }

  /** The orders of operators. */
  get operatorCommands(): OperatorCommands {
    return this.#known.orders;
  }

  get value(): C {
    return this.#known.value;
  }

  /** Next offset by topic, counting only events that can change a decision. Partitions must be evaluated up to here. */
  get offsets(): Offsets {
    return this.#known.offsets;
  }

  /** The last of these events, by topic. A partition stores them, to check later whether the log still has them. */
  get marks(): ReadMarks {
    return this.#known.marks;
  }

  /** True if this process read such an event of a topic: the log still has it at the same offset. */
  hasRead(topic: string, mark: ReadMark): boolean {
    return this.#known.read.has(`${topic} ${mark}`);
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Waits until the config meets a condition. Resolves to false after the timeout. */
  async until(says: (value: C) => boolean, timeoutMs = 10_000): Promise<boolean> {
    const deadline = this.#clock.now() + timeoutMs;
    while (!says(this.value)) {
      if (this.#clock.now() > deadline) return false;
      await sleep(this.#clock, 5);
    }
    return true;
  }

  /** Waits until a topic is read up to an offset; at once if it is not followed here. False on timeout. */
  reached(topic: string, next: number): Promise<boolean> {
    const isFollowed = (this.topics as readonly string[]).includes(topic);
    return this.until(() => !isFollowed || (this.#at.get(topic)?.next ?? 0) >= next);
  }

  async #take(batch: Batch): Promise<void> {
    if (this.#isIgnoring || (batch.resumed && (await this.#isAnother(batch.topic)))) return;
    const { topic, records, nextOffset } = batch;
    const last = records.at(-1);
    this.#at.set(topic, { next: nextOffset, mark: last ? readMark(last) : this.#at.get(topic)?.mark });
    const into = this.#reading;
    let changed = false;
    for (const record of records) {
      if (into.waits.has(topic)) break;
      const decoded = decode(topic, record);
      if (decoded.kind === 'newer') this.#wait(into, topic, newerAt(record, decoded.message));
      if (decoded.kind === 'invalid')
        this.#failed(
          this.program.app,
          `${topic} at ${record.offset} is left out`,
          new Error(`${decoded.code}: ${decoded.message}`),
        );
      if (decoded.kind !== 'event') continue;
      into.value = this.program.evolveConfig(into.value, decoded.event, record.offset);
      into.orders.take(decoded.event, record.offset);
      if (this.#matters(decoded.event)) {
        const mark = readMark(record);
        into.offsets = { ...into.offsets, [topic]: record.offset + 1 };
        into.marks = { ...into.marks, [topic]: mark };
        into.read.add(`${topic} ${mark}`);
        changed = true;
      }
    }
    if (changed && into === this.#known) for (const watcher of this.#watchers) watcher();
  }

  #wait(into: Folded<C>, topic: string, wait: Wait): void {
    into.waits.set(topic, wait);
    this.ports.waiting?.(wait);
  }

  #failed(...args: Parameters<Observer['failed']>): void {
    (this.ports.observer ?? silent).failed(...args);
  }

  #matters(event: AnyEvent): boolean {
    return this.program.matters?.(event) ?? true;
  }

  /**
   * After the log was unreachable: checks whether it is still the one that was read. If not, reads all of it from
   * scratch.
   */
  async #isAnother(topic: string): Promise<boolean> {
    const [log, at] = [this.#log, this.#at.get(topic)];
    const how =
      log && at && (await changeIn(log, { topic, partition: 0, ...at }, () => sleep(this.#clock, logAgainMs)));
    if (how === undefined) return false;
    this.#failed(this.program.app, topic, new LogChanged(`${topic}/0`, how, 'config is read anew'));
    this.#isIgnoring = true;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return true;
  }

  /** Keeps the known config until all is read: half of the config has another meaning than all of it. */
  async #renew(): Promise<void> {
    while (!(await this.#readFromScratch())) {
      if (this.#isClosed) return;
      await sleep(this.#clock, logAgainMs);
    }
    this.#known = this.#reading;
    this.renewed();
    for (const watcher of this.#watchers) watcher();
  }

  /** Returns false if the log did not answer. */
  async #readFromScratch(): Promise<boolean> {
    await this.#follower?.close();
    if (this.#isClosed) return false;
    this.#reading = new Folded(this.program.app, this.program.noConfig);
    this.#isIgnoring = false;
    try {
      await this.#follow(present(this.#log, 'log'));
      return !this.#isClosed;
    } catch (error) {
      this.#failed(this.program.app, 'reading config anew', error);
      return false;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#follower?.close();
    await this.#renewing;
  }
}

/** True if the evaluated offsets cover the known offsets. */
export const covers = (walked: Offsets, known: Offsets): boolean =>
  Object.entries(known).every(([topic, offset]) => (walked[topic] ?? 0) >= offset);
