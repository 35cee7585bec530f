import { present } from '@assay/events';
import {
  announcedForMs,
  Fenced,
  statePageBytes,
  type Changes,
  type PartitionClaim,
  type ClaimOptions,
  type Committed,
  type Job,
  type LaneJob,
  type Parked,
  type PartitionCheckpoint,
  type Store,
  type StoredState,
  type StoredSummary,
} from '../store.ts';
import { claimBeside, claimIn, type RedisClaim } from './claiming.ts';
import { run, runOn, type Client, type RedisArg } from './client.ts';
import { answered } from './failure.ts';
import { aheadMs } from './fitness.ts';
import { firstGeneration, readPointer, type Pointer } from './generations.ts';
import { checkpointOf, pairs } from './head.ts';
import { RedisJobs } from './jobs.ts';
import { channelOf, keyOf, programsKey, type RedisNames, type RedisKeyPart, type RedisPlace } from './keys.ts';
import { JobNotifications } from './job-notifications.ts';
import type { ScriptName } from './scripts.ts';
import { stateOf, transactArgs } from './writing.ts';

/** Most arguments that a script can pass on in one call. */
const keysAtOnce = 1000;
const lookAtPointerMs = 2000;

export interface RedisStorePorts {
  readonly client: Client;
  /** A connection of its own, for notifications. */
  readonly subscriber: Client;
  readonly names: RedisNames;
  readonly partitions: number;
  /** Works in this generation, beside the present one. By default in the present one. */
  readonly beside?: string | undefined;
  readonly failed: (error: unknown) => void;
  /** Receives one line when the service goes on in another generation. */
  readonly switched?: ((line: string) => void) | undefined;
}

/** The begin of a page of keys: behind a key, or the start. */
const behind = (after: string | undefined): string => (after === undefined ? '-' : `(${after}`);

/** One service's store in Redis, shared by all instances of the service. */
export class RedisStore implements Store {
  readonly #jobs: RedisJobs;
  readonly #notifications: JobNotifications;
  /**
   * The claims of this instance. Forgotten when the present generation changes, so that nothing more is written to the
   * old one.
   */
  readonly #held = new Map<number, RedisClaim>();
  #generation: string;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = false;

  constructor(private readonly ports: RedisStorePorts) {
    this.#generation = ports.beside ?? firstGeneration;
    this.#jobs = new RedisJobs(ports.client, () => this.#place, ports.partitions);
    this.#notifications = new JobNotifications(
      ports.subscriber,
      channelOf(ports.names),
      () => this.#jobs.working(),
      ports.failed,
    );
  }

  async open(): Promise<this> {
    const { beside, failed } = this.ports;
    if (beside === undefined) {
      await this.#pointer();
      this.#timer = setInterval(() => {
        this.#pointer().catch(failed);
      }, lookAtPointerMs).unref();
    }
    await this.#notifications.open();
    this.#isOpen = true;
    return this;
  }

  async claim(partition: number, floor: number): Promise<PartitionClaim> {
    const { client, names, beside } = this.ports;
    this.#held.delete(partition);
    const { claim, held, generation } =
      beside === undefined
        ? await claimIn(client, names, partition, floor, () => this.#pointer())
        : await claimBeside(client, this.#place, partition, floor);
    if (generation === this.#generation) this.#held.set(partition, held);
    return claim;
  }

  async epoch(partition: number): Promise<number | undefined> {
    const held = this.#held.get(partition);
    const left = held?.stamp ?? 0;
    const [epoch, stamp] = await answered(this.ports.client.hmget(this.#key(partition, 'head'), 'epoch', 'stamp'));
    // A store that was rolled back within the epoch is not as its owner left it, just like an empty one.
    return held && epoch && Number(stamp) >= left ? Number(epoch) : undefined;
  }

  /** How far the clock of this process is ahead of Redis', ms. */
  aheadMs(): Promise<number> {
    return aheadMs(this.ports.client);
  }

  async checkpoint(partition: number): Promise<PartitionCheckpoint | undefined> {
    const fields = await answered(this.ports.client.hgetall(this.#key(partition, 'head')));
    return fields.epoch === undefined ? undefined : checkpointOf(fields);
  }

  async read(partition: number, keys: readonly string[], owner?: number): Promise<ReadonlyMap<string, StoredState>> {
    const found = new Map<string, StoredState>();
    for (let from = 0; from < keys.length; from += keysAtOnce) {
      const some = keys.slice(from, from + keysAtOnce);
      const fields = await this.#asLeft<(Buffer | null)[]>('read', partition, owner, some);
      for (const [index, key] of some.entries()) {
        const field = fields[index];
        if (field) found.set(key, stateOf(key, field));
      }
    }
    return found;
  }

  async scan(
    partition: number,
    after: string | undefined,
    most: number,
    owner?: number,
  ): Promise<readonly StoredState[]> {
    const page = await this.#asLeft<Buffer[]>('scan', partition, owner, [behind(after), most, statePageBytes]);
    return pairs(page).map(([key, field]) => stateOf(key.toString(), field));
  }

  async summaries(
    partition: number,
    after: string | undefined,
    most: number,
    owner?: number,
  ): Promise<readonly StoredSummary[]> {
    const page = await this.#asLeft<(string | null)[]>('summaries', partition, owner, [behind(after), most]);
    return pairs(page).map(([key, summary]) => ({
      key: present(key, 'key'),
      ...(summary === null ? {} : { summary }),
    }));
  }

  async due(partition: number, now: number, most: number) {
    const [keys, [, next]] = await this.#run<[string[], string[]]>('due', partition, [now, most]);
    return { keys, ...(next === undefined ? {} : { next: Number(next) }) };
  }

  async transact(partition: number, epoch: number, changes: Changes): Promise<Committed> {
    const held = this.#held.get(partition);
    if (held?.epoch !== epoch) return { committed: false };
    const { expect, outbox } = changes;
    const first = held.position + 1;
    const args = [
      channelOf(this.ports.names),
      partition,
      epoch,
      held.stamp,
      expect?.topic ?? '',
      expect?.offset ?? '',
      ...transactArgs(changes, held.position),
    ];
    if ((await this.#run('transact', partition, args)) !== 1) return { committed: false };
    held.stamp += 1;
    held.position += outbox.length;
    return { committed: true, positions: outbox.map((_, index) => first + index) };
  }

  async trim(partition: number, position: number): Promise<void> {
    const held = this.#held.get(partition);
    if (held) await this.#run('trim', partition, [held.epoch, position]);
  }

  async clear(partition: number, epoch: number): Promise<boolean> {
    const held = this.#held.get(partition);
    return held?.epoch === epoch && (await this.#run('clear', partition, [epoch, held.stamp])) === 1;
  }

  async parked(partition?: number, owner?: number): Promise<readonly Parked[]> {
    const wanted =
      partition === undefined ? Array.from({ length: this.ports.partitions }, (_, each) => each) : [partition];
    const all = await Promise.all(wanted.map((each) => this.#asLeft<string[]>('parked', each, owner, [])));
    return all
      .flat()
      .map((text) => JSON.parse(text) as Parked)
      .toSorted((a, b) =>
        a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition || a.offset - b.offset,
      );
  }

  jobsOf(partition: number, keys: readonly string[]): Promise<readonly Job[]> {
    return this.#jobs.of(partition, keys);
  }

  jobsIn(partition: number, lane: string, most: number): Promise<readonly LaneJob[]> {
    return this.#jobs.in(partition, lane, most);
  }

  claimJob(options: ClaimOptions): Promise<Job | undefined> {
    return this.#jobs.claim(options);
  }

  renewJob(job: Job, leaseMs: number): Promise<boolean> {
    return this.#jobs.renew(job, leaseMs);
  }

  finishJob(...[job, outcome]: Parameters<Store['finishJob']>): Promise<boolean> {
    return this.#jobs.finish(job, outcome);
  }

  jobCounts(): Promise<Readonly<Record<string, number>>> {
    return this.#jobs.counts();
  }

  oldestJobs(partition: number): Promise<Readonly<Record<string, number>>> {
    return this.#jobs.oldest(partition);
  }

  announce(stateVersion: number): Promise<number> {
    return runOn<number>(
      this.ports.client,
      'announce',
      [programsKey(this.ports.names)],
      [stateVersion, announcedForMs],
    );
  }

  watchJobs(watcher: Parameters<Store['watchJobs']>[0]): () => void {
    return this.#notifications.watch(watcher);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#notifications.close();
    for (const client of [this.ports.client, this.ports.subscriber]) client.disconnect();
  }

  get #place(): RedisPlace {
    return { ...this.ports.names, generation: this.#generation };
  }

  #key(partition: number, part: RedisKeyPart): string {
    return keyOf(this.#place, partition, part);
  }

  #run<T>(script: ScriptName, partition: number, args: readonly RedisArg[]): Promise<T> {
    return run<T>(this.ports.client, script, this.#place, partition, args);
  }

  /** Reads. For an owner, only if the partition is as that owner left it. */
  async #asLeft<T>(
    script: ScriptName,
    partition: number,
    owner: number | undefined,
    args: readonly (string | number)[],
  ): Promise<T> {
    const held = this.#held.get(partition);
    const reply =
      owner === undefined
        ? await this.#run<T>(script, partition, ['', '', ...args])
        : held?.epoch === owner
          ? await this.#run<T | null>(script, partition, [owner, held.stamp, ...args])
          : null;
    if (reply === null)
      throw new Fenced(`partition ${partition} of ${this.ports.names.service} is not as its owner left it`);
    return reply;
  }

  async #pointer(): Promise<Pointer> {
    const pointer = await readPointer(this.ports.client, this.ports.names);
    if (pointer.current !== this.#generation) {
      if (this.#isOpen)
        this.ports.switched?.(
          `${this.ports.names.service} continues in generation ${pointer.current} of its store instead of ` +
            `${this.#generation}: its partitions follow one by one`,
        );
      this.#generation = pointer.current;
      this.#held.clear();
    }
    return pointer;
  }
}
