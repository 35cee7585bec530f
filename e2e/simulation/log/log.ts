import {
  Appended,
  type Batch,
  type Consumer,
  type EventLog,
  type Follower,
  type FollowOptions,
  type NewRecord,
  type PartitionOwner,
} from '@assay/messaging';
import type { Process } from '../world/process.ts';
import { Following } from './follower.ts';
import { SimulatedGroup } from './group.ts';
import { Member } from './member.ts';
import type { SimulatedRecords } from './records.ts';

/** The broker: its records and its groups. */
export class SimulatedBroker {
  readonly groups = new Map<string, SimulatedGroup>();

  constructor(readonly records: SimulatedRecords) {}

  group(name: string, process: Process): SimulatedGroup {
    const known = this.groups.get(name);
    if (known) return known;
    const made = new SimulatedGroup(name, this.records.partitions, process.world);
    this.groups.set(name, made);
    return made;
  }
}

/** The log port of one process. */
export class MemoryLog implements EventLog {
  readonly partitions: number;
  /** The groups that it joined; when the process ends, the groups find out later. */
  readonly joined: { readonly group: SimulatedGroup; readonly member: Member }[] = [];
  readonly #followers: Following[] = [];

  constructor(
    private readonly broker: SimulatedBroker,
    private readonly process: Process,
  ) {
    this.partitions = broker.records.partitions;
  }

  append(records: readonly NewRecord[]): Promise<readonly number[]> {
    return Appended.by(records, this.#append(records));
  }

  async #append(records: readonly NewRecord[]): Promise<readonly number[]> {
    const { random, weather, tally } = this.process.world;
    const topics = [...new Set(records.map(({ topic, partition }) => `${topic}/${partition}`))];
    if (topics.length < 2 || !random.chance(weather.torn))
      return this.process.call('log', 'append', () => this.broker.records.append(records));
    tally.count('torn append');
    const offsets = new Map<NewRecord, number>();
    for (const at of random.shuffled(topics)) {
      const some = records.filter(({ topic, partition }) => `${topic}/${partition}` === at);
      const given = await this.process.call('log', 'append', () => this.broker.records.append(some));
      for (const [index, record] of some.entries()) offsets.set(record, given[index]!);
    }
    return records.map((record) => offsets.get(record)!);
  }

  async consume(name: string, topics: readonly string[], owner: PartitionOwner): Promise<Consumer> {
    const member = new Member(this.process, topics, owner, this.broker.records);
    const group = this.broker.group(name, this.process);
    await this.process.call('log', 'join', () => {
      this.joined.push({ group, member });
      group.join(member);
    });
    return {
      owned: () => member.owned(),
      reopen: (partition) => member.reopen(partition),
      close: () => group.leave(member),
    };
  }

  async follow(topics: readonly string[], options: FollowOptions): Promise<Follower> {
    await this.process.call('log', 'subscribe', () => undefined);
    const follower = new Following(this.broker.records, this.process, topics, options);
    this.#followers.push(follower);
    return follower;
  }

  async *read(topic: string, partition: number, from: number, until: number): AsyncIterable<Batch> {
    for (let at = from; at < until;) {
      const position = at;
      const most = this.process.world.random.chance(this.process.world.weather.shortReads)
        ? this.process.world.random.whole(1, 3)
        : 500;
      const batch = await this.process.call('log', `read ${topic}`, () =>
        this.broker.records.batch(topic, partition, position, most, until),
      );
      if (!batch) return;
      yield batch;
      at = batch.nextOffset;
    }
  }

  end(topic: string, partition: number): Promise<number> {
    return this.process.call('log', `end ${topic}`, () => this.broker.records.end(topic, partition));
  }

  async close(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.close()));
    await Promise.all(this.joined.map(({ group, member }) => group.leave(member)));
  }
}
