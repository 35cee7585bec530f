import { EventEmitter } from 'node:events';
import type { JobTurn } from '../store.ts';
import type { Client } from './client.ts';
import { answered } from './failure.ts';

export type JobNotification = { readonly partition: number; readonly key: string; readonly state: JobTurn };

const checkEveryMs = 5000;
const repeatEveryMs = 15_000;

/**
 * Notifies all instances of a service about jobs. Redis does not keep notifications for absent subscribers. So jobs
 * that were begun or finished are repeated after each gap, and from time to time.
 */
export class JobNotifications extends EventEmitter {
  #timer: NodeJS.Timeout | undefined;
  #repeatedAt = 0;

  constructor(
    private readonly subscriber: Client,
    private readonly channel: string,
    private readonly working: () => Promise<readonly JobNotification[]>,
    private readonly failed: (error: unknown) => void,
  ) {
    super();
    this.setMaxListeners(0);
  }

  async open(): Promise<void> {
    this.subscriber.on('message', (_, message: string) => {
      const [partition, state, ...keys] = message.split('\0');
      for (const key of keys)
        this.emit('job', { partition: Number(partition), state: state as JobTurn, key } satisfies JobNotification);
    });
    await this.#listen();
    this.#repeatedAt = Date.now();
    this.subscriber.on('ready', () => void this.#check(true));
    this.#timer = setInterval(() => void this.#check(false), checkEveryMs).unref();
  }

  watch(watcher: (job: JobNotification) => void): () => void {
    this.on('job', watcher);
    return () => this.off('job', watcher);
  }

  close(): void {
    clearInterval(this.#timer);
    this.removeAllListeners();
    this.subscriber.removeAllListeners('ready');
  }

  async #listen(): Promise<void> {
    await answered(this.subscriber.subscribe(this.channel));
  }

  /** Subscribing again changes nothing for a subscriber, and shows whether the connection is alive. */
  async #check(gap: boolean): Promise<void> {
    try {
      const listening = this.#listen();
      if (gap) await listening;
      await Promise.all([listening, this.#repeat(gap)]);
    } catch (error) {
      this.failed(error);
    }
  }

  async #repeat(gap: boolean): Promise<void> {
    if (!gap && Date.now() - this.#repeatedAt < repeatEveryMs) return;
    this.#repeatedAt = Date.now();
    for (const job of await this.working()) this.emit('job', job);
  }
}
