import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { notRead, type PartitionOwner } from '../log.ts';
import { brokerBackoff } from '../backoff.ts';
import type { FetchBuffer } from './fetch-buffer.ts';
import type { Fetcher } from './fetcher.ts';

/** One partition number that is ours: it is opened, its topics are read, and what does not count opens it anew. */
export class OwnedPartition {
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #feed: FetchBuffer | undefined;
  #reopen = false;
  /** Openings since something was heard. */
  #failures = 0;
  /** Next offset by topic, as far as the owner has heard. */
  readonly heard = new Map<string, number>();

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
          if (offsets[topic] === notRead) this.heard.delete(topic);
          else this.heard.set(topic, offsets[topic] ?? 0);
        if (!signal.aborted && !this.#reopen) await this.#read();
      } catch {
        // The owner has said why; here it only matters that the same batch comes again, later and later.
      }
      if (signal.aborted) return;
      await pause(backoffMs(brokerBackoff, this.#failures), undefined, { signal }).catch(() => undefined);
      this.#failures += 1;
    }
  }

  async #read(): Promise<void> {
    const feed = (this.#feed = this.fetcher.open(
      [...this.heard].map(([topic, offset]) => ({ topic, partition: this.partition, offset })),
    ));
    try {
      for await (const batch of feed) {
        if ((await this.owner.received(batch)) === 'waiting') feed.leave(batch.topic);
        else this.heard.set(batch.topic, batch.nextOffset);
        this.#failures = 0;
      }
    } finally {
      feed.close();
    }
  }

  /** Resolves when the owner has let go of it. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#feed?.close();
    await this.#running;
    await this.owner.closed(this.partition);
  }
}
