import { randomInt } from 'node:crypto';
import type { NewRecord } from '@assay/messaging';
import type { Changes, Claim, ClaimOptions, Committed, Job, JobState, OutboxRow, Parked, Store, StoredState } from '../store.ts';
import { run, type Client } from './client.ts';
import { fieldsOf, headOf, pairs } from './head.ts';
import { RedisJobs } from './jobs.ts';
import { channelOf, keyOf, type Place } from './keys.ts';

/** A page of states stops growing here. */
const pageBytes = 4_000_000;
const readAtOnce = 1000;

/** What an instance holds of a partition that it claimed. */
interface Held { readonly epoch: number; stamp: number }

/** One service's store in Redis, shared by all instances of the service. */
export class RedisStore implements Store {
  readonly #jobs: RedisJobs;
  readonly #held = new Map<number, Held>();

  constructor(private readonly client: Client, private readonly subscriber: Client, private readonly place: Place, private readonly partitions: number) {
    this.#jobs = new RedisJobs(client, subscriber, place, partitions);
  }

  async open(): Promise<this> {
    await this.#jobs.open();
    return this;
  }

  async claim(partition: number, floor: number): Promise<Claim> {
    const stamp = randomInt(2 ** 47);
    const [fields, outbox, parked, working] = await run<[string[], string[], string[], string[]]>(this.client, 'claim', this.place, partition, floor, stamp);
    const head = headOf(Object.fromEntries(pairs(fields)));
    this.#held.set(partition, { epoch: head.epoch, stamp });
    return { head, outbox: rowsOf(outbox), halted: [...new Set(parked.map(lastPart))], working: [...new Set(working.map(firstPart))] };
  }

  async epoch(partition: number): Promise<number | undefined> {
    const { stamp: known = 0 } = this.#held.get(partition) ?? {};
    const [epoch, stamp] = await this.client.hmget(keyOf(this.place, partition, 'head'), 'epoch', 'stamp');
    // One that was rolled back within the epoch is as little what its owner left as an empty one.
    return epoch && Number(stamp) >= known ? Number(epoch) : undefined;
  }

  async read(partition: number, keys: readonly string[]): Promise<ReadonlyMap<string, StoredState>> {
    const found = new Map<string, StoredState>();
    for (let from = 0; from < keys.length; from += readAtOnce) {
      const some = keys.slice(from, from + readAtOnce);
      const texts = await this.client.hmget(keyOf(this.place, partition, 'states'), ...some);
      for (const [index, text] of texts.entries()) if (text !== null) found.set(some[index]!, stateOf(some[index]!, text));
    }
    return found;
  }

  async scan(partition: number, after: string | undefined, most: number): Promise<readonly StoredState[]> {
    const page = await run<string[]>(this.client, 'scan', this.place, partition, after === undefined ? '-' : `(${after}`, most, pageBytes);
    return pairs(page).map(([key, text]) => stateOf(key, text));
  }

  async due(partition: number, now: number, most: number) {
    const [keys, next] = await run<[string[], string[]]>(this.client, 'due', this.place, partition, now, most);
    return { keys, ...(next[1] === undefined ? {} : { next: Number(next[1]) }) };
  }

  async transact(partition: number, epoch: number, changes: Changes): Promise<Committed> {
    const held = this.#held.get(partition);
    if (held?.epoch !== epoch) return { committed: false };
    const first = await run<string | null>(this.client, 'transact', this.place, partition, ...this.#to(partition), ...argumentsOf(epoch, held.stamp, changes));
    if (first === null) return { committed: false };
    held.stamp += 1;
    return { committed: true, positions: changes.outbox.map((_, index) => Number(first) + index) };
  }

  async trim(partition: number, position: number): Promise<void> {
    const held = this.#held.get(partition);
    if (held) await run(this.client, 'trim', this.place, partition, held.epoch, position);
  }

  async clear(partition: number, epoch: number): Promise<boolean> {
    const held = this.#held.get(partition);
    return held?.epoch === epoch && await run(this.client, 'clear', this.place, partition, epoch, held.stamp) === 1;
  }

  async parked(partition?: number): Promise<readonly Parked[]> {
    const wanted = partition === undefined ? Array.from({ length: this.partitions }, (_, each) => each) : [partition];
    const all = await Promise.all(wanted.map((each) => this.client.hvals(keyOf(this.place, each, 'parked'))));
    return all.flat().map((text) => JSON.parse(text) as Parked).toSorted((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition || a.offset - b.offset));
  }

  async jobsOf(partition: number, keys: readonly string[]): Promise<readonly Job[]> {
    return this.#jobs.of(partition, keys);
  }

  async claimJob(options: ClaimOptions): Promise<Job | undefined> {
    return this.#jobs.claim(options);
  }

  async renewJob(job: Job, leaseUntil: number): Promise<boolean> {
    return this.#jobs.renew(job, leaseUntil);
  }

  async finishJob(job: Job, outcome: { readonly result: object } | { readonly retryAt: number; readonly uncounted?: boolean }): Promise<boolean> {
    return this.#jobs.finish(job, outcome);
  }

  async jobCounts(): Promise<Readonly<Record<string, number>>> {
    return this.#jobs.counts();
  }

  async oldestJobs(partition: number): Promise<Readonly<Record<string, number>>> {
    return this.#jobs.oldest(partition);
  }

  watchJobs(watcher: (job: { readonly partition: number; readonly key: string; readonly state: JobState }) => void): () => void {
    return this.#jobs.watch(watcher);
  }

  async close(): Promise<void> {
    this.#jobs.close();
    this.subscriber.disconnect();
    await this.client.quit().catch(() => this.client.disconnect());
  }

  #to(partition: number): [string, number] {
    return [channelOf(this.place), partition];
  }
}

const firstPart = (text: string): string => text.slice(0, text.indexOf('\0'));
const lastPart = (text: string): string => text.slice(text.lastIndexOf('\0') + 1);

const stateOf = (key: string, text: string): StoredState => {
  const end = text.indexOf(' ');
  return { key, state: text.slice(end + 1), ...(end > 0 ? { wakeAt: Number(text.slice(0, end)) } : {}) };
};

/** Outbox members are `position record`, since two records may be the same. */
const rowsOf = (flat: readonly string[]): OutboxRow[] => pairs(flat).map(([member, position]) =>
  ({ position: Number(position), ...JSON.parse(member.slice(member.indexOf(' ') + 1)) as NewRecord }));

const parkedField = ({ topic, offset, key }: Pick<Parked, 'topic' | 'offset' | 'key'>): string => `${topic}\0${offset}\0${key}`;

const listed = (rows: readonly (readonly (string | number)[])[]): (string | number)[] => [rows.length, ...rows.flat()];

const argumentsOf = (epoch: number, stamp: number, { expect, head, states, outbox, jobs, park, unpark = [], trim }: Changes): (string | number)[] => [
  epoch, stamp, expect?.topic ?? '', expect?.offset ?? '',
  ...listed(fieldsOf(head)),
  ...listed(states.map(({ key, state, wakeAt }) => [key, state, wakeAt ?? ''])),
  trim ?? '',
  ...listed(outbox.map((record) => [JSON.stringify(record)])),
  ...listed(unpark.map((event) => [parkedField(event)])),
  ...listed(park.map((event) => [parkedField(event), JSON.stringify(event)])),
  ...listed(jobs.put.map(({ key, id, lane, payload, enqueuedAt }) => [key, id, lane, JSON.stringify(payload), enqueuedAt])),
  ...listed(jobs.remove.map(({ key, id }) => [key, id])),
];
