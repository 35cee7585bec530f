import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually, patienceMs } from '@assay/testing';
import { freePort, startKafka, startProxy, type Kafka, type Proxy } from '../../../../../tools/services/index.ts';
import type { Batch, NewRecord, PartitionOwner } from '../../log.ts';
import type { KafkaLog } from '../log.ts';
import { openKafkaLog } from '../open.ts';
import type { KafkaSettings } from '../settings/settings.ts';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-outage-'));
let kafka: Kafka;
/** Clients reach the broker only through the proxy, whose port the broker advertises. */
let proxy: Proxy;
const opened: KafkaLog[] = [];
const reports: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  proxy = await startProxy(port);
  kafka = await startKafka({
    folder,
    port,
    properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` },
  });
});
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
  reports.splice(0);
});
afterAll(async () => {
  await kafka.stop();
  await proxy.stop();
  rmSync(folder, { recursive: true });
});

let suites = 0;
const settings = (): KafkaSettings => ({
  brokers: [`127.0.0.1:${proxy.port}`],
  replication: 1,
  minInsync: 1,
  sessionMs: 6000,
  prefix: `suite-${(suites += 1)}.`,
});
const open = async (config: KafkaSettings): Promise<KafkaLog> => {
  for (;;)
    try {
      const log = await openKafkaLog(config, {
        partitions: 4,
        clientId: 'test',
        topics: ['image.pushed', 'plan.changed'],
        report: (context, { code }) => reports.push(`${context}: ${code}`),
      });
      opened.push(log);
      return log;
    } catch (error) {
      // The topics are new: a busy broker takes some time to elect their leaders.
      if (!/no leader/i.test(String(error))) throw error;
      await pause(200);
    }
};

const record = (topic: string, partition: number, value: number): NewRecord => ({
  topic,
  partition,
  key: 'k',
  headers: { ce_id: String(value) },
  value: String(value),
});

/** Acts as a store: keeps the next offset of each number, refuses any other batch, and drops duplicates. */
class Received implements PartitionOwner {
  readonly #next = new Map<number, number>();
  readonly values = new Map<number, number[]>();
  readonly opened = async (partition: number) => ({ 'image.pushed': this.#next.get(partition) ?? 0 });
  readonly closed = async () => undefined;
  readonly received = async ({ partition, records, fetchedOffset, nextOffset }: Batch) => {
    if (fetchedOffset !== (this.#next.get(partition) ?? 0)) throw new Error('this was received already');
    const before = this.values.get(partition) ?? [];
    this.values.set(partition, [
      ...before,
      ...new Set(records.map(({ value }) => Number(value)).filter((value) => value > (before.at(-1) ?? -1))),
    ]);
    this.#next.set(partition, nextOffset);
  };
}

/** Retries until the log has the records, as a relay does: a broker that is back need not lead again yet. */
const untilAppended = async (log: KafkaLog, records: readonly NewRecord[]): Promise<void> => {
  while (
    !(await log.append(records).then(
      () => true,
      () => false,
    ))
  )
    await pause(50);
};

/** Appends to all partitions in step. */
const appending = (log: KafkaLog, count: number, everyMs: number) => {
  let appended = 0;
  const done = (async () => {
    for (; appended < count; appended += 1) {
      const records = [0, 1, 2, 3].map((partition) => record('image.pushed', partition, appended));
      await untilAppended(log, records);
      await pause(everyMs);
    }
  })();
  return { done, appended: () => appended };
};

const all = (count: number) =>
  new Map([0, 1, 2, 3].map((partition) => [partition, Array.from({ length: count }, (_, n) => n)]));
const sorted = (values: ReadonlyMap<number, number[]>) => new Map([...values].toSorted(([a], [b]) => a - b));

describe('the log on Kafka, when things fail', () => {
  it('closes also while the broker hangs', async () => {
    const log = await open(settings());
    const received = new Received();
    await log.consume('reader', ['image.pushed'], received);
    await log.append([record('image.pushed', 0, 1)]);
    await eventually(() => received.values.size > 0);
    process.kill(kafka.pid, 'SIGSTOP');
    try {
      const appended = log.append([record('image.pushed', 0, 2)]).catch((error: unknown) => error);
      await pause(1000);
      const ended = await Promise.race([log.close().then(() => 'ended'), pause(8000, 'hangs')]);
      expect(ended).toBe('ended');
      expect(await Promise.race([appended, pause(0, 'waits')])).not.toEqual([expect.any(Number)]);
    } finally {
      process.kill(kafka.pid, 'SIGCONT');
    }
  });

  it('loses nothing and keeps the order when the broker is killed and returns', async () => {
    const log = await open(settings());
    const received = new Received();
    const followed: string[] = [];
    const consumer = await log.consume('group', ['image.pushed'], received);
    await log.follow(['plan.changed'], {
      onBatch: ({ records }) => {
        followed.push(...records.map(({ value }) => value));
      },
    });
    const { done, appended } = appending(log, 400, 5);
    for (const at of [80, 200]) {
      await eventually(() => appended() >= at);
      await kafka.kill();
      await pause(1500);
      await kafka.restart();
    }
    await done;
    await untilAppended(log, [record('plan.changed', 0, 1)]);
    await eventually(() => [...received.values.values()].flat().length === 1600 && followed.length > 0);
    expect(sorted(received.values)).toEqual(all(400));
    expect(consumer.owned()).toEqual([0, 1, 2, 3]);
    expect(new Set(reports)).toContain('looking for the leaders: kafka-unreachable');
  });

  it('continues after connections were cut, and after they hung', async () => {
    const log = await open(settings());
    const received = new Received();
    await log.consume('group', ['image.pushed'], received);
    const { done, appended } = appending(log, 200, 5);
    await eventually(() => appended() >= 50);
    proxy.cut();
    await eventually(() => appended() >= 120);
    proxy.stall();
    await pause(3000);
    expect(log.problems(Date.now() + 3000)).toContain('Kafka does not answer');
    proxy.resume();
    await done;
    await eventually(() => [...received.values.values()].flat().length === 800);
    expect(sorted(received.values)).toEqual(all(200));
  });

  it('waits to catch up for as long as a broker is away', async () => {
    const log = await open(settings());
    await log.append([record('plan.changed', 0, 1)]);
    const followed: string[] = [];
    proxy.stall();
    const follower = await log.follow(['plan.changed'], {
      onBatch: ({ records }) => {
        followed.push(...records.map(({ value }) => value));
      },
    });
    const caughtUp = follower.caughtUp();
    await pause(25_000);
    proxy.resume();
    await caughtUp;
    expect(followed).toEqual(['1']);
  });

  it('fails at once, as retriable, where there is no broker', async () => {
    const nowhere = `127.0.0.1:${await freePort()}`;
    await expect(open({ ...settings(), brokers: [nowhere] })).rejects.toMatchObject({
      code: 'kafka-unreachable',
      retriable: true,
      message: expect.stringContaining(`Kafka at ${nowhere} does not answer`),
      remedy: expect.stringContaining('ASSAY_KAFKA_BROKERS'),
    });
  });

  /** A process that owns its share and ignores its records. */
  const member = async (config: KafkaSettings) => {
    const script = `import { openKafkaLog } from '${root}libs/messaging/dist/index.js';
      const topics = ['image.pushed'];
      const log = await openKafkaLog(${JSON.stringify(config)}, { partitions: 4, clientId: 'other', topics });
      const owner = { opened: async () => ({}), received: async () => {}, closed: async () => {} };
      const consumer = await log.consume('group', topics, owner);
      setInterval(() => console.log(JSON.stringify(consumer.owned())), 50);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    let owned: readonly number[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      owned = JSON.parse(chunk.toString().trim().split('\n').at(-1)!) as number[];
    });
    return {
      owned: () => owned,
      kill: async () => {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      },
    };
  };

  it('moves the numbers of a killed process to live members after its session', async () => {
    await promisify(execFile)('tsc', ['-b', `${root}libs/messaging`]);
    const config = settings();
    const received = new Received();
    const log = await open(config);
    const consumer = await log.consume('group', ['image.pushed'], received);
    const other = await member(config);
    await eventually(() => other.owned().length === 2 && consumer.owned().length === 2);
    await log.append([0, 1, 2, 3].map((partition) => record('image.pushed', partition, 0)));
    await other.kill();
    await eventually(() => [...received.values.values()].flat().length === 4);
    expect(consumer.owned()).toEqual([0, 1, 2, 3]);
  });

  it('returns a killed process its own numbers under its name, and moves no others', async () => {
    await promisify(execFile)('tsc', ['-b', `${root}libs/messaging`]);
    // The process must return within its session, also on a busy machine.
    const config = { ...settings(), sessionMs: patienceMs };
    const log = await open({ ...config, instance: 'one' });
    let closed = 0;
    const consumer = await log.consume('group', ['image.pushed'], {
      opened: async () => ({}),
      received: async () => undefined,
      closed: async () => {
        closed += 1;
      },
    });
    const before = await member({ ...config, instance: 'two' });
    await eventually(() => before.owned().length === 2 && consumer.owned().length === 2);
    const [own, others] = [consumer.owned(), before.owned()];
    const moved = closed;
    await before.kill();
    const after = await member({ ...config, instance: 'two' });
    await eventually(() => after.owned().length === 2);
    expect([consumer.owned(), after.owned(), closed]).toEqual([own, others, moved]);
  });

  it('ends the older of two processes with one name', async () => {
    const config = { ...settings(), instance: 'same' };
    const fatal = Promise.withResolvers<{ code: string; remedy?: string | undefined }>();
    const first = await openKafkaLog(config, {
      partitions: 4,
      clientId: 'test',
      topics: ['image.pushed'],
      fatal: fatal.resolve,
    });
    opened.push(first);
    await first.consume('group', ['image.pushed'], new Received());
    await (await open(config)).consume('group', ['image.pushed'], new Received());
    expect(await fatal.promise).toMatchObject({
      code: 'kafka-group',
      remedy: expect.stringContaining('ASSAY_INSTANCE'),
    });
  });
});
