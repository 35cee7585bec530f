import { checkSchemas, decode, definitions, type AnyEvent, type Topic } from '@assay/events';
import { newerAt, readMark, type Batch, type EventLog, type Follower, type Offsets, type ReadMark, type ReadMarks, type Wait } from '@assay/messaging';
import { silent, type Observer } from './observer.ts';
import { Orders } from './orders.ts';
import type { Program } from './program.ts';

/** What the config topics say, folded into memory; every instance has its own and begins at the start. */
export class Config<C> {
  #value: C;
  #offsets: Record<string, number> = {};
  #marks: ReadMarks = {};
  readonly #read = new Set<string>();
  #follower: Follower | undefined;
  readonly #watchers = new Set<() => void>();
  readonly orders: Orders;
  readonly #waits = new Map<string, Wait>();

  /**
   * @param observer is told of config that nobody can read: it is left out, and everybody leaves out the same
   * @param waiting is told of config that only a newer program can read: from there on the topic is not followed
   */
  constructor(private readonly program: Pick<Program<never, never, C>, 'app' | 'noConfig' | 'follow' | 'matters'>, private readonly topics: readonly Topic[], private readonly observer: Pick<Observer, 'failed'> = silent, private readonly waiting: (wait: Wait) => void = () => undefined) {
    this.#value = program.noConfig;
    this.orders = new Orders(program.app);
  }

  /**
   * Reads everything there is, then goes on reading.
   * @throws SchemaMissing where events could not be checked
   */
  async start(log: EventLog): Promise<void> {
    checkSchemas(definitions);
    if (this.topics.length === 0) return;
    this.#follower = await log.follow(this.topics, { onBatch: (batch) => this.#take(batch) });
    await this.#follower.caughtUp();
  }

  /** Resolves when everything that was in the config topics at the time of the call is known here. */
  async caughtUp(): Promise<void> {
    await this.#follower?.caughtUp();
  }

  /** Why it does not know all that was said: nobody can decide by it then. */
  get waits(): readonly Wait[] {
    return [...this.#waits.values()];
  }

  get value(): C {
    return this.#value;
  }

  /** Next offset by topic, of those events that can change an answer: what a partition must have walked to. */
  get offsets(): Offsets {
    return this.#offsets;
  }

  /** The last of those events, by topic: what a partition keeps to see later whether the log still has them. */
  get marks(): ReadMarks {
    return this.#marks;
  }

  /** Whether such an event of a topic was read here: the log has it where it had it once. */
  hasRead(topic: string, mark: ReadMark): boolean {
    return this.#read.has(`${topic} ${mark}`);
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Waits until the config says what is asked of it; false when it does not within the time. */
  async until(says: (value: C) => boolean, timeoutMs = 10_000): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (!says(this.#value)) {
      if (Date.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }

  #take({ topic, records }: Batch): void {
    let changed = false;
    for (const record of records) {
      if (this.#waits.has(topic)) break;
      const decoded = decode(topic, record);
      if (decoded.kind === 'newer') this.#wait(topic, newerAt(record, decoded.message));
      if (decoded.kind === 'invalid') this.observer.failed(this.program.app, `${topic} at ${record.offset} is left out`, new Error(`${decoded.code}: ${decoded.message}`));
      if (decoded.kind !== 'event') continue;
      this.#value = this.program.follow(this.#value, decoded.event);
      this.orders.take(decoded.event, record.offset);
      if (this.#matters(decoded.event)) {
        this.#offsets = { ...this.#offsets, [topic]: record.offset + 1 };
        this.#marks = { ...this.#marks, [topic]: readMark(record) };
        this.#read.add(`${topic} ${this.#marks[topic]!}`);
        changed = true;
      }
    }
    if (changed) for (const watcher of this.#watchers) watcher();
  }

  #wait(topic: string, wait: Wait): void {
    this.#waits.set(topic, wait);
    this.waiting(wait);
  }

  #matters(event: AnyEvent): boolean {
    return this.program.matters?.(event) ?? true;
  }

  async close(): Promise<void> {
    await this.#follower?.close();
  }
}

/** Whether what was walked to covers what is known. */
export const covers = (walked: Offsets, known: Offsets): boolean => Object.entries(known).every(([topic, offset]) => (walked[topic] ?? 0) >= offset);
