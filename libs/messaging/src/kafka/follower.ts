import { present } from '@assay/events';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import type { Follower, FollowOptions } from '../log.ts';
import { brokerBackoff, retryUntilAnswered } from '../backoff.ts';
import type { Fetcher } from './client/fetcher.ts';

export interface Followed {
  readonly topic: string;
  readonly partition: number;
}

/** Reads whole topics, outside any group: it shares with no other reader, and leaves no state at the broker. */
export class LogFollower implements Follower {
  readonly #abort = new AbortController();
  readonly #next = new Map<string, number>();
  readonly #feed;
  readonly #running: Promise<void>;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly parts: readonly Followed[],
    private readonly options: FollowOptions,
    fetcher: Fetcher,
    private readonly end: (topic: string, partition: number) => Promise<number>,
    private readonly closed: () => void,
  ) {
    const from = parts.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: options.from?.(topic, partition) ?? 0,
    }));
    for (const { topic, partition, offset } of from) this.#next.set(`${topic}/${partition}`, offset);
    this.#feed = fetcher.open(from);
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for await (const batch of this.#feed) {
      for (let failures = 0; !signal.aborted; failures += 1) {
        try {
          if (batch.records.length > 0 || batch.resumed) await this.options.onBatch(batch);
          break;
        } catch {
          await pause(backoffMs(brokerBackoff, failures), undefined, { signal }).catch(() => undefined);
        }
      }
      if (signal.aborted) return;
      this.#next.set(`${batch.topic}/${batch.partition}`, batch.nextOffset);
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  async caughtUp(): Promise<void> {
    const goals = await retryUntilAnswered(() => this.#ends(), this.#abort.signal);
    while (goals.some(({ at, end }) => this.#nextAt(at) < end) && !this.#abort.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  async lag(): Promise<number> {
    return (await this.#ends()).reduce((sum, { at, end }) => sum + Math.max(0, end - this.#nextAt(at)), 0);
  }

  #nextAt(at: string): number {
    return present(this.#next.get(at), `position at ${at}`);
  }

  #ends(): Promise<readonly { at: string; end: number }[]> {
    return Promise.all(
      this.parts.map(async ({ topic, partition }) => ({
        at: `${topic}/${partition}`,
        end: await this.end(topic, partition),
      })),
    );
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#feed.close();
    for (const wake of this.#waiting.splice(0)) wake();
    await this.#running;
    this.closed();
  }
}
