import type { Batch } from '../../log.ts';
import { BatchOf, type FetchedPartition } from './internals.ts';
import { batchesOf } from '../codec/records.ts';

/** Stops fetching for a feed while this much is buffered (characters of values). */
const maxBuffered = 1_000_000;

/** The position of a feed in one topic and partition. */
export interface FetchPosition {
  readonly topic: string;
  /** The topic's name at the broker. */
  readonly name: string;
  readonly partition: number;
  readonly feed: FetchBuffer;
  next: number;
  /** False after an interruption: the next batch is then marked as resumed. */
  isUnbroken: boolean;
  /** The node that leads the partition; undefined until known. */
  node: string | undefined;
}

const sizeOf = ({ records }: Batch): number => records.reduce((sum, { value }) => sum + value.length, 0);

/** Batches of some partitions, fetched a little ahead of their reader. */
export class FetchBuffer implements AsyncIterable<Batch> {
  readonly positions: FetchPosition[] = [];
  #waiting: { batch: Batch; size: number }[] = [];
  /** Positions no longer read; an answer for them may still be in flight. */
  readonly #dropped = new Set<FetchPosition>();
  #size = 0;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(
    private readonly onRoom: () => void,
    private readonly onClose: (feed: FetchBuffer) => void,
  ) {}

  get isFull(): boolean {
    return this.#size >= maxBuffered;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Accepts the fetched records of a position.
   * @returns their size (characters of values)
   */
  take(position: FetchPosition, fetched: FetchedPartition): number {
    let accepted = 0;
    if (this.#closed || this.#dropped.has(position)) return accepted;
    for (const batch of batchesOf(
      position.topic,
      position.partition,
      position.next,
      new BatchOf(position.name, String(position.next), fetched),
    )) {
      const size = sizeOf(batch);
      this.#waiting.push({ batch: position.isUnbroken ? batch : { ...batch, resumed: true }, size });
      this.#size += size;
      accepted += size;
      position.next = batch.nextOffset;
      position.isUnbroken = true;
    }
    this.#wake?.();
    return accepted;
  }

  /** Passes an empty batch to the reader of a position at which the log has no record. */
  miss({ topic, partition, next }: FetchPosition): void {
    if (this.#closed) return;
    this.#waiting.push({
      batch: { topic, partition, records: [], fetchedOffset: next, nextOffset: next, resumed: true },
      size: 0,
    });
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Batch> {
    while (!this.#closed) {
      const next = this.#waiting.shift();
      if (!next) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const wasFull = this.isFull;
      this.#size -= next.size;
      if (wasFull && !this.isFull) this.onRoom();
      yield next.batch;
    }
  }

  /** Stops reading a topic and drops its buffered batches. */
  leave(topic: string): void {
    const wasFull = this.isFull;
    for (const position of this.positions.splice(0))
      if (position.topic === topic) this.#dropped.add(position);
      else this.positions.push(position);
    this.#waiting = this.#waiting.filter(({ batch, size }) => {
      if (batch.topic === topic) this.#size -= size;
      return batch.topic !== topic;
    });
    if (wasFull && !this.isFull) this.onRoom();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.onClose(this);
  }
}
