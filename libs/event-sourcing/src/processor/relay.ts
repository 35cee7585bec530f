import { at } from '@assay/events';
import type { EventLog, NewRecord } from '@assay/messaging';
import { backoffMs, type Backoff } from '@assay/backoff';
import { sleep, type Clock } from '../clock.ts';
import type { Store } from '../stores/store.ts';

/** Most bytes in one append, so that no broker refuses it. */
const sendBytes = 700_000;
const idleTrimMs = 250;
/**
 * Pause in ms before a failed trim is tried again. Nothing waits for it, but the outbox must not look unsent forever.
 */
const trimAgainMs = 2_000;
/** How long `close` waits for a log that does not answer, ms. The outbox stays, and the next owner appends it first. */
const closeWithinMs = 2_000;

/**
 * Topics whose events refer to events of other topics. An append is all or nothing only for each topic and partition,
 * so those must be in the log before. Otherwise a loss of the store would leave the reference alone.
 */
const refersTo: Readonly<Record<string, readonly string[]>> = {
  // An index to its children (docs/adr/0008).
  'image.pushed': ['notification.received'],
  // Tags to the images that lost or won them, and an index to its children.
  'image.deleted': ['notification.received'],
  'tag.moved': ['notification.received'],
  'image.tagged': ['notification.received'],
  'scan.completed': ['vulnerability.described'],
};

interface Waiting {
  readonly position: number;
  readonly record: NewRecord;
  readonly sent: (() => void) | undefined;
}

/** Between attempts at the same append. */
const appendBackoff: Backoff = { firstMs: 100, longestMs: 5000 };

/** Appends the committed events of a partition in order, and forgets them once the log has them. */
export class Relay {
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #stopTrimming: (() => void) | undefined;
  #sentTo = 0;
  #closed = false;

  constructor(
    private readonly log: Pick<EventLog, 'append'>,
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly partition: number,
  ) {}

  /** Takes records with their outbox positions. Calls `sent` when the last of them is in the log. */
  send(records: readonly NewRecord[], positions: readonly number[], sent?: () => void): void {
    this.#waiting.push(
      ...records.map((record, index) => ({
        record,
        position: at(positions, index),
        sent: index === records.length - 1 ? sent : undefined,
      })),
    );
    this.#running ??= this.#run();
  }

  /** When the oldest event that is not in the log yet was emitted, ms since the epoch. */
  get waitingSince(): number | undefined {
    const emitted = this.#waiting[0]?.record.headers.ce_time;
    return emitted === undefined ? undefined : Date.parse(emitted);
  }

  /** Resolves when no record waits any more. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#waiting.length > 0 && !this.#closed;) {
      const chunk = this.#chunk();
      try {
        await this.log.append(chunk.map(({ record }) => record));
        failures = 0;
      } catch {
        failures += 1;
        await sleep(this.clock, backoffMs(appendBackoff, failures - 1, this.clock.random()));
        continue;
      }
      this.#waiting.splice(0, chunk.length);
      this.#sentTo = chunk.at(-1)?.position ?? this.#sentTo;
      for (const { sent } of chunk) sent?.();
      // Nothing waits for the trim: a record relayed twice is dropped by its sequence. In a busy partition the next
      // commit trims.
      this.#trimAfter(idleTrimMs);
    }
    // Here and not when the promise has settled: records sent in between would wait for the next call of `send`.
    this.#running = undefined;
  }

  /** The records of the next append: up to its size, and to the first that refers to one of them. */
  #chunk(): Waiting[] {
    let bytes = 0;
    const topics = new Set<string>();
    const end = this.#waiting.findIndex(({ record: { topic, value } }) => {
      bytes += value.length + 512;
      if (bytes > sendBytes || refersTo[topic]?.some((other) => topics.has(other))) return true;
      topics.add(topic);
      return false;
    });
    return this.#waiting.slice(0, end < 0 ? undefined : Math.max(1, end));
  }

  /** The position up to which a commit may trim the outbox along with its writes. */
  toTrim(): number | undefined {
    return this.#stopTrimming ? this.#sentTo : undefined;
  }

  /** Called when a commit trimmed the outbox. */
  trimmed(position: number | undefined): void {
    if (position === undefined || position < this.#sentTo) return;
    this.#stopTrimming?.();
    this.#stopTrimming = undefined;
  }

  #trimAfter(ms: number): void {
    if (this.#closed) return;
    this.#stopTrimming ??= this.clock.after(ms, () => {
      void this.#trim();
    });
  }

  async #trim(): Promise<void> {
    this.#stopTrimming = undefined;
    try {
      await this.store.trim(this.partition, this.#sentTo);
    } catch {
      this.#trimAfter(trimAgainMs);
    }
  }

  async close(): Promise<void> {
    if (this.#running) await Promise.race([this.drained(), sleep(this.clock, closeWithinMs)]);
    this.#closed = true;
    if (this.#stopTrimming) {
      this.#stopTrimming();
      await this.#trim();
    }
  }
}
