import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { patienceMs } from './patience.ts';
import {
  Appended,
  notRead,
  type Batch,
  type Consumer,
  type EventLog,
  type NewRecord,
  type PartitionOwner,
} from '@assay/messaging';

const record = (topic: string, partition: number, value: string): NewRecord => ({
  topic,
  partition,
  key: value,
  headers: { ce_id: value },
  value,
});

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

/**
 * A partition owner that records what it received, by topic and partition, and its offsets. Values of a partition
 * differ: one that comes again at another offset was sent twice, because an answer was lost, and is left out.
 */
class Listener implements PartitionOwner {
  readonly receivedBy = new Map<string, string[]>();
  readonly #offsetOf = new Map<string, number>();
  readonly opened_: number[] = [];
  readonly closed_: number[] = [];
  readonly offsets = new Map<number, Record<string, number>>();
  fail: (batch: Batch) => boolean = () => false;

  async opened(partition: number) {
    this.opened_.push(partition);
    return this.offsets.get(partition) ?? {};
  }

  waits: (batch: Batch) => boolean = () => false;

  async received({ topic, partition, records, nextOffset, ...rest }: Batch) {
    if (this.waits({ topic, partition, records, nextOffset, ...rest })) return 'waiting' as const;
    if (this.fail({ topic, partition, records, nextOffset, ...rest })) throw new Error('not now');
    const at = `${topic}/${partition}`;
    const received = records.filter(({ value, offset }) => {
      const first = this.#offsetOf.get(`${at}/${value}`);
      this.#offsetOf.set(`${at}/${value}`, first ?? offset);
      return first === undefined || first === offset;
    });
    this.receivedBy.set(at, [...(this.receivedBy.get(at) ?? []), ...received.map(({ value }) => value)]);
    this.offsets.set(partition, { ...this.offsets.get(partition), [topic]: nextOffset });
    return undefined;
  }

  async closed(partition: number) {
    this.closed_.push(partition);
  }

  all(): string[] {
    return [...this.receivedBy.values()].flat();
  }
}

/** Waits until a condition holds. @throws Error after `patienceMs` */
export const eventually = async (holds: () => boolean | Promise<boolean>, pauseMs = 5): Promise<void> => {
  for (const deadline = Date.now() + patienceMs; !(await holds()); await pause(pauseMs))
    if (Date.now() > deadline) throw new Error('it did not come to hold');
};

/**
 * The contract that every log must fulfil. The topics are `image.pushed` and `scan.approved` (keyed) and `plan.changed`
 * (config).
 */
export const describeLog = (name: string, open: () => Promise<EventLog>): void => {
  describe(`the log contract: ${name}`, () => {
    const opened: EventLog[] = [];
    const fresh = async (): Promise<EventLog> => {
      const log = await open();
      opened.push(log);
      return log;
    };
    afterEach(async () => {
      for (const log of opened.splice(0)) await log.close();
    });

    it('gives each record of a partition the next offset, and reads them back as they were', async () => {
      const log = await fresh();
      expect(
        await log.append([
          record('image.pushed', 0, 'a'),
          record('image.pushed', 1, 'b'),
          record('image.pushed', 0, 'c'),
        ]),
      ).toEqual([0, 0, 1]);
      expect(await log.end('image.pushed', 0)).toBe(2);
      const read: string[] = [];
      for await (const { records } of log.read('image.pushed', 0, 0, 2))
        read.push(...records.map(({ value, headers, key }) => `${key}${headers.ce_id}${value}`));
      expect(read).toEqual(['aaa', 'ccc']);
    });

    it('adds the positions of config events to those of the work that appends them', async () => {
      const log = await fresh();
      const [one, other] = [new Appended(), new Appended()];
      const append = async (value: string): Promise<number | undefined> =>
        (await log.append([record('image.pushed', 0, value), record('plan.changed', 0, value)]))[1];
      await append('a');
      const offsets = await Promise.all([
        one.during(() => append('b')),
        other.during(async () => (await append('c'), append('d'))),
      ]);
      expect([one, other].map(({ positions }) => positions)).toEqual(
        offsets.map((offset = Number.NaN) => [{ topic: 'plan.changed', offsets: [offset + 1] }]),
      );
    });

    it('reads a range and no more', async () => {
      const log = await fresh();
      await log.append(numbers(0, 1200).map((value) => record('image.pushed', 0, value)));
      const read: string[] = [];
      for await (const { records, fetchedOffset } of log.read('image.pushed', 0, 100, 1100)) {
        expect(fetchedOffset).toBe(records[0]?.offset);
        read.push(...records.map(({ value }) => value));
      }
      expect(read).toEqual(numbers(100, 1100));
    });

    it('delivers all records of its topics once to a group, in order per partition', async () => {
      const log = await fresh();
      await log.append(numbers(0, 50).map((value) => record('image.pushed', Number(value) % log.partitions, value)));
      const listener = new Listener();
      await log.consume('group', ['image.pushed', 'scan.approved'], listener);
      await log.append(numbers(50, 100).map((value) => record('scan.approved', Number(value) % log.partitions, value)));
      await eventually(() => listener.all().length === 100);
      for (const values of listener.receivedBy.values())
        expect(values).toEqual(values.toSorted((a, b) => Number(a) - Number(b)));
      expect(new Set(listener.all()).size).toBe(100);
    });

    it('resumes at the offset of the owner', async () => {
      const log = await fresh();
      await log.append(numbers(0, 10).map((value) => record('image.pushed', 0, value)));
      const listener = new Listener();
      listener.offsets.set(0, { 'image.pushed': 7 });
      await log.consume('group', ['image.pushed'], listener);
      await eventually(() => listener.all().length === 3);
      expect(listener.all()).toEqual(['7', '8', '9']);
    });

    it('skips a topic that its owner does not read, until the partition is reopened', async () => {
      const log = await fresh();
      await log.append([record('image.pushed', 0, 'a'), record('scan.approved', 0, 'b')]);
      const listener = new Listener();
      listener.offsets.set(0, { 'image.pushed': notRead });
      const consumer = await log.consume('group', ['image.pushed', 'scan.approved'], listener);
      await eventually(() => listener.all().length === 1);
      await log.append([record('image.pushed', 0, 'c'), record('scan.approved', 0, 'd')]);
      await eventually(() => listener.all().length === 2);
      expect(listener.all()).toEqual(['b', 'd']);
      listener.offsets.set(0, { 'scan.approved': 2 });
      consumer.reopen(0);
      await eventually(() => listener.all().length === 4);
      expect(listener.all().slice(2)).toEqual(['a', 'c']);
    });

    it('delivers a failed batch again, after reopening the partition', async () => {
      const log = await fresh();
      const listener = new Listener();
      let failures = 2;
      listener.fail = ({ partition }) => partition === 0 && failures-- > 0;
      await log.consume('group', ['image.pushed'], listener);
      await log.append([record('image.pushed', 0, 'a'), record('image.pushed', 1, 'b')]);
      await eventually(() => listener.all().length === 2);
      expect(listener.opened_.filter((partition) => partition === 0)).toHaveLength(3);
    });

    it('pauses a topic for a partition whose owner waits, until it is reopened, and reads all else', async () => {
      const log = await fresh();
      const listener = new Listener();
      let refused = 0;
      listener.waits = ({ topic, partition }) => topic === 'image.pushed' && partition === 0 && refused++ === 0;
      const consumer = await log.consume('group', ['image.pushed', 'scan.approved'], listener);
      await log.append([record('image.pushed', 0, 'a')]);
      await eventually(() => refused === 1);
      await log.append([
        record('image.pushed', 0, 'b'),
        record('image.pushed', 1, 'c'),
        record('scan.approved', 0, 'd'),
      ]);
      await eventually(() => listener.all().length === 2);
      expect(listener.all().toSorted()).toEqual(['c', 'd']);
      expect(listener.opened_.filter((partition) => partition === 0)).toHaveLength(1);
      consumer.reopen(0);
      await eventually(() => listener.all().length === 4);
      expect(listener.receivedBy.get('image.pushed/0')).toEqual(['a', 'b']);
    });

    it('reopens a partition when its owner asks', async () => {
      const log = await fresh();
      const listener = new Listener();
      const consumer = await log.consume('group', ['image.pushed'], listener);
      consumer.reopen(0);
      await eventually(() => listener.opened_.filter((partition) => partition === 0).length === 2);
    });

    it('assigns each partition to one member of a group, and all to the member that stays', async () => {
      const log = await fresh();
      const [first, second] = [new Listener(), new Listener()];
      const one = await log.consume('group', ['image.pushed', 'scan.approved'], first);
      const two = await log.consume('group', ['image.pushed', 'scan.approved'], second);
      const numbersOf = (consumer: Consumer): readonly number[] => consumer.owned();
      await eventually(
        () =>
          numbersOf(one).length + numbersOf(two).length === log.partitions &&
          numbersOf(one).length > 0 &&
          numbersOf(two).length > 0,
      );
      expect([...numbersOf(one), ...numbersOf(two)].toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: log.partitions }, (_, partition) => partition),
      );
      await log.append(
        numbers(0, 60).map((value) =>
          record(Number(value) % 2 ? 'image.pushed' : 'scan.approved', Number(value) % log.partitions, value),
        ),
      );
      await eventually(() => first.all().length + second.all().length === 60);
      await two.close();
      await eventually(() => numbersOf(one).length === log.partitions);
      expect(second.closed_.toSorted((a, b) => a - b)).toEqual(second.opened_.toSorted((a, b) => a - b));
    });

    it('delivers the same records to two groups', async () => {
      const log = await fresh();
      const [first, second] = [new Listener(), new Listener()];
      await log.consume('one', ['image.pushed'], first);
      await log.consume('other', ['image.pushed'], second);
      await log.append([record('image.pushed', 0, 'a')]);
      await eventually(() => first.all().length === 1 && second.all().length === 1);
    });

    it.each([false, true])(
      'lets a follower read whole topics from the start, and reports when it has caught up (patient: %s)',
      async (patient) => {
        const log = await fresh();
        await log.append(numbers(0, 700).map((value) => record('plan.changed', 0, value)));
        const received: string[] = [];
        const follower = await log.follow(['plan.changed', 'image.pushed'], {
          patient,
          onBatch: ({ records }) => {
            received.push(...records.map(({ value }) => value));
          },
        });
        await follower.caughtUp();
        expect(received).toEqual(numbers(0, 700));
        expect(await follower.lag()).toBe(0);
        await log.append([record('image.pushed', 2, 'x')]);
        await eventually(() => received.at(-1) === 'x');
        await follower.close();
        await log.append([record('plan.changed', 0, 'unheard')]);
        await pause(30);
        expect(received.at(-1)).toBe('x');
      },
    );

    it('lets a worker and followers read the same partition, each from its own offset', async () => {
      const log = await fresh();
      await log.append(numbers(0, 300).map((value) => record('image.pushed', 0, value)));
      const listener = new Listener();
      listener.offsets.set(0, { 'image.pushed': 250 });
      await log.consume('group', ['image.pushed'], listener);
      const received: [string[], string[]] = [[], []];
      const followers = await Promise.all(
        received.map((by, index) =>
          log.follow(['image.pushed'], {
            from: () => index * 100,
            onBatch: ({ records }) => {
              by.push(...records.map(({ value }) => value));
            },
          }),
        ),
      );
      await eventually(() => listener.all().length > 0);
      await log.append(numbers(300, 320).map((value) => record('image.pushed', 0, value)));
      await Promise.all(followers.map((follower) => follower.caughtUp()));
      await eventually(() => listener.all().length === 70);
      expect(listener.all()).toEqual(numbers(250, 320));
      expect(received).toEqual([numbers(0, 320), numbers(100, 320)]);
    });

    it('reports a follower of an empty topic as caught up at once', async () => {
      const log = await fresh();
      const follower = await log.follow(['plan.changed'], { onBatch: () => undefined });
      await follower.caughtUp();
      await follower.close();
    });

    it('delivers a failed batch to a follower again', async () => {
      const log = await fresh();
      await log.append([record('plan.changed', 0, 'a')]);
      let failures = 1;
      const received: string[] = [];
      const follower = await log.follow(['plan.changed'], {
        onBatch: ({ records }) => {
          if (failures-- > 0) throw new Error('not now');
          received.push(...records.map(({ value }) => value));
        },
      });
      await follower.caughtUp();
      expect(received).toEqual(['a']);
    });
  });
};
