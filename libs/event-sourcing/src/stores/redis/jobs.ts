import { randomUUID } from 'node:crypto';
import type { ClaimOptions, Job, JobOutcome, JobState, LaneJob } from '../store.ts';
import { run, type Client } from './client.ts';
import { answered } from './failure.ts';
import { pairs } from './head.ts';
import { channelOf, keyOf, type RedisPlace } from './keys.ts';
import type { JobNotification } from './job-notifications.ts';

/** A job as stored by the scripts. Its payload stays the same text. */
interface Row {
  id: string;
  lane: string;
  payload: string;
  state: JobState;
  attempt: number;
  enqueuedAt: number;
  lease?: string;
  trouble?: string;
}

const jobOf = (partition: number, key: string, { payload, trouble, ...row }: Row, result?: string): Job => ({
  partition,
  key,
  ...row,
  payload: JSON.parse(payload) as object,
  ...(trouble === undefined ? {} : { trouble: JSON.parse(trouble) as object }),
  ...(result === undefined ? {} : { result: JSON.parse(result) as object }),
});

/** The next job of a lane in one partition. `order` shows which of several is the oldest. */
interface Next {
  readonly partition: number;
  readonly lane: string;
  readonly order: string;
}

const inOrder = (a: Next, b: Next): number => (a.order < b.order ? -1 : 1);

/** The jobs of one service over all its partitions. */
export class RedisJobs {
  constructor(
    private readonly client: Client,
    private readonly place: () => RedisPlace,
    private readonly partitions: number,
  ) {}

  async of(partition: number, keys: readonly string[]): Promise<Job[]> {
    const [lists, concluded] = await this.#run<[string[], string[]]>('jobsOf', partition, keys.length, ...keys);
    const results = new Map(pairs(concluded));
    return pairs(lists).flatMap(([key, text]) =>
      (JSON.parse(text) as Row[])
        .map((row) => jobOf(partition, key, row, results.get(`${key}\0${row.id}`)))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  }

  async in(partition: number, lane: string, most: number): Promise<LaneJob[]> {
    return pairs(await this.#run<string[]>('jobsIn', partition, lane, most)).map(([key, text]) => {
      const { id, state, trouble } = jobOf(partition, key, JSON.parse(text) as Row);
      return { key, id, state, ...(trouble ? { trouble } : {}) };
    });
  }

  /**
   * Looks at every partition, then leases the oldest job of the first lane with room. Each partition has a script call
   * of its own, so concurrent instances may lease slightly more than the maximum of a lane.
   */
  async claim({ leaseMs, maxAttempts, lanes, near }: ClaimOptions): Promise<Job | undefined> {
    const lease = async (partition: number, of: readonly string[]): Promise<Job | undefined> => {
      const leased = await this.#run<[string, string] | null>('lease', partition, leaseMs, randomUUID(), ...of);
      return leased ? jobOf(partition, leased[0], JSON.parse(leased[1]) as Row) : undefined;
    };
    const found =
      near === undefined
        ? undefined
        : await lease(
            near,
            lanes.map(({ lane }) => lane),
          );
    if (found) return found;
    const surveys = await this.#each((partition) => this.#run<[string[], string[]]>('survey', partition, maxAttempts));
    const counts = totals(surveys.map(([counted]) => counted));
    const next = surveys.flatMap(([, places], partition) =>
      places.map((place): Next => ({ partition, lane: place.slice(0, place.indexOf('\0')), order: place })),
    );
    for (const { lane, most } of lanes) {
      if ((counts[`${lane}/leased`] ?? 0) >= most) continue;
      for (const { partition } of next.filter((each) => each.lane === lane).toSorted(inOrder)) {
        const leased = await lease(partition, [lane]);
        if (leased) return leased;
      }
    }
    return undefined;
  }

  async renew(job: Job, leaseMs: number): Promise<boolean> {
    return (await this.#run('renew', job.partition, job.key, job.id, job.lease ?? '', leaseMs)) === 1;
  }

  async finish(job: Job, outcome: JobOutcome): Promise<boolean> {
    const [result, retryInMs, uncounted, trouble] =
      'result' in outcome
        ? [JSON.stringify(outcome.result), '', 0, '']
        : [
            '',
            Math.ceil(outcome.retryInMs),
            outcome.uncounted ? 1 : 0,
            outcome.trouble ? JSON.stringify(outcome.trouble) : '',
          ];
    return (
      (await this.#run(
        'finish',
        job.partition,
        job.key,
        job.id,
        job.lease ?? '',
        result,
        retryInMs,
        uncounted,
        trouble,
      )) === 1
    );
  }

  async counts(): Promise<Record<string, number>> {
    return totals(
      await this.#each(async (partition) =>
        Object.entries(await answered(this.client.hgetall(keyOf(this.place(), partition, 'counts')))).flat(),
      ),
    );
  }

  async oldest(partition: number): Promise<Record<string, number>> {
    const places = (await this.#run<string[]>('oldest', partition)).map((place) => place.split('\0'));
    return Object.fromEntries(
      [...Map.groupBy(places, ([lane = '']) => lane)].map(([lane, of]) => [
        lane,
        Math.min(...of.map(([, enqueuedAt]) => Number(enqueuedAt))),
      ]),
    );
  }

  /** Keys with jobs that were begun or finished. */
  async working(): Promise<JobNotification[]> {
    const places = await this.#each(async (partition) =>
      (await answered(this.client.smembers(keyOf(this.place(), partition, 'working')))).map((place) =>
        place.slice(0, place.indexOf('\0')),
      ),
    );
    return places.flatMap((keys, partition) =>
      keys.map((key): JobNotification => ({ partition, key, state: 'finished' })),
    );
  }

  #each<T>(visit: (partition: number) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: this.partitions }, (_, partition) => visit(partition)));
  }

  #run<T>(
    script: 'survey' | 'jobsOf' | 'jobsIn' | 'oldest' | 'lease' | 'renew' | 'finish',
    partition: number,
    ...args: readonly (string | number)[]
  ): Promise<T> {
    return run<T>(this.client, script, this.place(), partition, [channelOf(this.place()), partition, ...args]);
  }
}

const totals = (counted: readonly (readonly string[])[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const counts of counted)
    for (const [name, number] of pairs(counts)) sums[name] = (sums[name] ?? 0) + Number(number);
  return sums;
};
