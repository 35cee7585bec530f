import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { notRead, type PartitionOwner } from '../../log.ts';
import { brokerBackoff } from '../../backoff.ts';
import type { FetchBuffer } from '../client/fetch-buffer.ts';
import type { Fetcher } from '../client/fetcher.ts';

/** One partition number that we own: opens it and reads its topics. Opens it again after a batch that did not count. */
export class OwnedPartition {
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #feed: FetchBuffer | undefined;
  #reopen = false;
  /** Openings since the last batch that counted. */
  #failures = 0;
  /** Next offset by topic, after the batches that the owner took. */
  readonly nextOffsets = new Map<string, number>();

  constructor(
    readonly partition: number,
    private readonly topics: readonly string[],
    private readonly owner: PartitionOwner,
    private readonly fetcher: Fetcher,
    before: Promise<void>,
  ) {
    this.#running = before.then(() => this.#run());
  }

  reopen(): void {
    this.#reopen = true;
    this.#feed?.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        this.#reopen = false;
        const offsets = await this.owner.opened(this.partition);
        for (const topic of this.topics)
          if (offsets[topic] === notRead) this.nextOffsets.delete(topic);
          else this.nextOffsets.set(topic, offsets[topic] ?? 0);
        if (!signal.aborted && !this.#reopen) await this.#read();
      } catch {
        // The owner has reported the reason. Here the same batch only has to come again, with growing pauses.
      }
      if (signal.aborted) return;
      await pause(backoffMs(brokerBackoff, this.#failures), undefined, { signal }).catch(() => undefined);
      this.#failures += 1;
    }
  }

  async #read(): Promise<void> {
    const feed = (this.#feed = this.fetcher.open(
      [...this.nextOffsets].map(([topic, offset]) => ({ topic, partition: this.partition, offset })),
    ));
    try {
      for await (const batch of feed) {
        if ((await this.owner.received(batch)) === 'waiting') feed.leave(batch.topic);
        else this.nextOffsets.set(batch.topic, batch.nextOffset);
        this.#failures = 0;
      }
    } finally {
      feed.close();
    }
  }

  /** Resolves when the owner has let go of the number. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#feed?.close();
    await this.#running;
    await this.owner.closed(this.partition);
  }
}
