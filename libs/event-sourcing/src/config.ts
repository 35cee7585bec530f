import { checkSchemas, decode, definitions, type AnyEvent, type App, type Topic } from '@assay/events';
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
import { sleep, systemClock, type Clock } from './clock.ts';
import { silent, type Observer } from './observer.ts';
import { OperatorCommands } from './operator-commands.ts';
import type { Decider } from './decider.ts';

/** A log that seems to lack something is asked once more after this long. */
const logAgainMs = 1000;

/** What was read of the config topics. */
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
  /** Is told of config that nobody can read: it is left out, and everybody leaves out the same. */
  readonly observer?: Pick<Observer, 'failed'> | undefined;
  /** Is told of config that only a newer program can read: from there on the topic is not followed. */
  readonly waiting?: (wait: Wait) => void;
  readonly clock?: Clock | undefined;
}

/** What the config topics say, folded into memory; every instance has its own and begins at the start. */
export class ConfigFollower<C> {
  #known: Folded<C>;
  /** What is being read: all that is known, or what will take its place once it is. */
  #reading: Folded<C>;
  /** Next offset and what was read last, by topic. */
  readonly #at = new Map<string, Pick<ReadUpTo, 'next' | 'mark'>>();
  #log: EventLog | undefined;
  #follower: Follower | undefined;
  #renewing: Promise<void> | undefined;
  #isDeaf = false;
  #isClosed = false;
  readonly #watchers = new Set<() => void>();
  readonly #clock: Clock;
  /**
   * Called when the log was not the one that was read, and all of it was read anew: whatever rests on this must be
   * compared.
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
   * Reads everything there is, then goes on reading.
   * @throws SchemaMissing where events could not be checked
   */
  async start(log: EventLog): Promise<void> {
    checkSchemas(definitions);
    if (this.topics.length === 0) return;
    this.#log = log;
    await this.#follow(log);
  }

  async #follow(log: EventLog): Promise<void> {
    this.#at.clear();
    this.#follower = await log.follow(this.topics, { onBatch: (batch) => this.#take(batch) });
    await this.#follower.caughtUp();
  }

  /** Resolves when everything that was in the config topics at the time of the call is known here. */
  async caughtUp(): Promise<void> {
    while (this.#renewing) await this.#renewing;
    await this.#follower?.caughtUp();
  }

  /** Why it does not know all that was said: nobody can decide by it then. */
  get waits(): readonly Wait[] {
    return [...this.#known.waits.values()];
  }

  /** What operators ordered. */
  get operatorCommands(): OperatorCommands {
    return this.#known.orders;
  }

  get value(): C {
    return this.#known.value;
  }

  /** Next offset by topic, of those events that can change an answer: what a partition must have walked to. */
  get offsets(): Offsets {
    return this.#known.offsets;
  }

  /** The last of those events, by topic: what a partition keeps to see later whether the log still has them. */
  get marks(): ReadMarks {
    return this.#known.marks;
  }

  /** Whether such an event of a topic was read here: the log has it where it had it once. */
  hasRead(topic: string, mark: ReadMark): boolean {
    return this.#known.read.has(`${topic} ${mark}`);
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Waits until the config says what is asked of it; false when it does not within the time. */
  async until(says: (value: C) => boolean, timeoutMs = 10_000): Promise<boolean> {
    const deadline = this.#clock.now() + timeoutMs;
    while (!says(this.value)) {
      if (this.#clock.now() > deadline) return false;
      await sleep(this.#clock, 5);
    }
    return true;
  }

  async #take(batch: Batch): Promise<void> {
    if (this.#isDeaf || (batch.resumed && (await this.#isAnother(batch.topic)))) return;
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
      into.value = this.program.evolveConfig(into.value, decoded.event);
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

  #failed(...what: Parameters<Observer['failed']>): void {
    (this.ports.observer ?? silent).failed(...what);
  }

  #matters(event: AnyEvent): boolean {
    return this.program.matters?.(event) ?? true;
  }

  /**
   * The log was out of sight: sees whether it is still the one that was read. Where it is not, all of it is read anew.
   */
  async #isAnother(topic: string): Promise<boolean> {
    const at = this.#at.get(topic);
    const how =
      at && (await changeIn(this.#log!, { topic, partition: 0, ...at }, () => sleep(this.#clock, logAgainMs)));
    if (how === undefined) return false;
    this.#failed(this.program.app, topic, new LogChanged(`${topic}/0`, how, 'config is read anew'));
    this.#isDeaf = true;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return true;
  }

  /** What was known holds until all was read: half of the config says something else than all of it. */
  async #renew(): Promise<void> {
    while (!(await this.#readAnew())) {
      if (this.#isClosed) return;
      await sleep(this.#clock, logAgainMs);
    }
    this.#known = this.#reading;
    this.renewed();
    for (const watcher of this.#watchers) watcher();
  }

  /** False where the log did not answer. */
  async #readAnew(): Promise<boolean> {
    await this.#follower?.close();
    if (this.#isClosed) return false;
    this.#reading = new Folded(this.program.app, this.program.noConfig);
    this.#isDeaf = false;
    try {
      await this.#follow(this.#log!);
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

/** Whether what was walked to covers what is known. */
export const covers = (walked: Offsets, known: Offsets): boolean =>
  Object.entries(known).every(([topic, offset]) => (walked[topic] ?? 0) >= offset);
