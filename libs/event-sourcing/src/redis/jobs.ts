import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { ClaimOptions, Job, JobState } from '../store.ts';
import { run, type Client } from './client.ts';
import { pairs } from './head.ts';
import { channelOf, keyOf, type Place } from './keys.ts';

type Told = { readonly partition: number; readonly key: string; readonly state: JobState };

/** A job as its script keeps it: payload and result stay the text that they were. */
interface Row { id: string; lane: string; payload: string; state: JobState; attempt: number; enqueuedAt: number; lease?: string; result?: string }

const jobOf = (partition: number, key: string, { payload, result, ...row }: Row): Job => ({
  partition, key, ...row, payload: JSON.parse(payload) as object, ...(result === undefined ? {} : { result: JSON.parse(result) as object }),
});

/** The next job of a lane in a partition. */
interface Next { readonly partition: number; readonly lane: string; readonly order: string }

/** The jobs of one service over all its partitions. */
export class RedisJobs extends EventEmitter {
  constructor(private readonly client: Client, private readonly subscriber: Client, private readonly place: Place, private readonly partitions: number) {
    super();
    this.setMaxListeners(0);
  }

  async open(): Promise<void> {
    this.subscriber.on('message', (_, message: string) => {
      const [partition, state, ...keys] = message.split('\0');
      for (const key of keys) this.emit('job', { partition: Number(partition), state: state as JobState, key } satisfies Told);
    });
    await this.subscriber.subscribe(channelOf(this.place));
  }

  async of(partition: number, keys: readonly string[]): Promise<Job[]> {
    if (keys.length === 0) return [];
    const lists = await this.client.hmget(keyOf(this.place, partition, 'jobs'), ...keys);
    return lists.flatMap((text, index) => (text === null ? [] : (JSON.parse(text) as Row[]).map((row) => jobOf(partition, keys[index]!, row)).toSorted((a, b) => (a.id < b.id ? -1 : 1))));
  }

  /**
   * Looks at every partition, then leases the oldest job of the first lane that has room. Each partition is a script of
   * its own, so two instances at once may lease a few more of a lane than its most.
   */
  async claim({ now, leaseMs, maxAttempts, lanes }: ClaimOptions): Promise<Job | undefined> {
    const surveys = await Promise.all(this.#each((partition) => this.#run<[string[], string[]]>('survey', partition, now, maxAttempts)));
    const leased = totals(surveys.map(([counts]) => counts));
    const waiting = surveys.flatMap(([, next], partition) => next.map((place): Next => ({ partition, lane: place.slice(0, place.indexOf('\0')), order: place })));
    for (const { lane, most } of lanes) {
      if ((leased[`${lane}/leased`] ?? 0) >= most) continue;
      for (const { partition } of waiting.filter((next) => next.lane === lane).toSorted((a, b) => (a.order < b.order ? -1 : 1))) {
        const got = await this.#run<[string, string] | null>('lease', partition, lane, now + leaseMs, randomUUID());
        if (got) return jobOf(partition, got[0], JSON.parse(got[1]) as Row);
      }
    }
    return undefined;
  }

  async renew(job: Job, leaseUntil: number): Promise<boolean> {
    return await this.#run('renew', job.partition, job.key, job.id, job.lease ?? '', leaseUntil) === 1;
  }

  async finish(job: Job, outcome: { readonly result: object } | { readonly retryAt: number; readonly uncounted?: boolean }): Promise<boolean> {
    const [result, retryAt, uncounted] = 'result' in outcome ? [JSON.stringify(outcome.result), '', 0] : ['', outcome.retryAt, outcome.uncounted ? 1 : 0];
    return await this.#run('finish', job.partition, job.key, job.id, job.lease ?? '', result, retryAt, uncounted) === 1;
  }

  async counts(): Promise<Record<string, number>> {
    return totals(await Promise.all(this.#each(async (partition) => Object.entries(await this.client.hgetall(keyOf(this.place, partition, 'counts'))).flat())));
  }

  async oldest(partition: number): Promise<Record<string, number>> {
    const places = (await this.#run<string[]>('oldest', partition)).map((place) => place.split('\0'));
    return Object.fromEntries([...Map.groupBy(places, ([lane]) => lane!)].map(([lane, of]) => [lane, Math.min(...of.map(([, enqueuedAt]) => Number(enqueuedAt)))]));
  }

  watch(watcher: (job: Told) => void): () => void {
    this.on('job', watcher);
    return () => this.off('job', watcher);
  }

  close(): void {
    this.removeAllListeners();
  }

  #each<T>(visit: (partition: number) => T): T[] {
    return Array.from({ length: this.partitions }, (_, partition) => visit(partition));
  }

  #run<T>(script: 'survey' | 'oldest' | 'lease' | 'renew' | 'finish', partition: number, ...args: readonly (string | number)[]): Promise<T> {
    return run<T>(this.client, script, this.place, partition, channelOf(this.place), partition, ...args);
  }
}

const totals = (counted: readonly (readonly string[])[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const counts of counted) for (const [name, number] of pairs(counts)) sums[name] = (sums[name] ?? 0) + Number(number);
  return sums;
};
