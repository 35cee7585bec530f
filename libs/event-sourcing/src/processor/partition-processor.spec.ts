import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  haveSameProgress,
  EmbeddedStore,
  Fenced,
  rebuild,
  Rebuilding,
  silent,
  systemClock,
  type Changes,
  type Clock,
  type Observer,
  type Store,
} from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import { eventually } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  contents,
  definitions,
  digestOf,
  emptyLog,
  emptyStore,
  partitionOfDigest,
  ports,
  priced,
  running,
  toy,
} from '../../test/toy.ts';

const started = async (log: EventLog = emptyLog(), store: Store = emptyStore()) => {
  const service = await running(log, store);
  onTestFinished(async () => {
    await service.stop();
  });
  return { log, store, ...service };
};

/** Waits a hundredth of the time. */
const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms / 100, call) };

const methodOf = (port: object, name: string | symbol): unknown => {
  const value = (port as Record<string | symbol, unknown>)[name];
  return typeof value === 'function' ? (value as () => unknown).bind(port) : value;
};

/** The same port, with some of its methods replaced. */
const instead = <Port extends object>(port: Port, methods: Partial<Port>): Port =>
  new Proxy(port, { get: (_, name) => (methods as Record<string | symbol, unknown>)[name] ?? methodOf(port, name) });

const chargeExample = definitions.find(({ topic }) => topic === 'usage.charged')!.examples[1] as { amount: string };

const amounts = async (log: EventLog): Promise<string[]> =>
  (await chargesIn(log)).map(({ digest, amount }) => `${Number.parseInt(digest.slice(7), 16)}=${amount}`).toSorted();

describe('a partition processor', () => {
  it('answers received events, with a sequence and an id derived from the cause', async () => {
    const { log } = await started();
    await append(log, classified(1), classified(2), classified(1));
    await eventually(async () => (await chargesIn(log)).length === 3);
    expect(await amounts(log)).toEqual(['1=1', '1=1', '2=1']);
    for (const { sequence } of await chargesIn(log)) expect(sequence).toMatch(/^\d+\.\d+$/);
    expect(new Set((await chargesIn(log)).map(({ id }) => id)).size).toBe(3);
  });

  it('drops repeats by their sequence', async () => {
    const { log } = await started();
    const event = classified(1, {}, '5.1');
    await append(log, event, event, { ...event, id: 'a zombie said it earlier', sequence: '4.9' });
    await append(log, classified(2, {}, '5.2'));
    await eventually(async () => (await amounts(log)).includes('2=1'));
    expect(await amounts(log)).toEqual(['1=1', '2=1']);
  });

  it('reads as owner, and repeats a batch if the store is not as it left it', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const owned: Record<string, boolean[]> = { read: [], scan: [], parked: [] };
    let older = 1;
    const note = async (name: string, partition: number, owner: number | undefined): Promise<void> => {
      owned[name]!.push(owner !== undefined && owner === (await store.epoch(partition)));
    };
    const watched = instead(store, {
      read: async (partition: number, keys: readonly string[], owner?: number) => {
        await note('read', partition, owner);
        if ((older -= 1) === 0) throw new Fenced('an older copy');
        return store.read(partition, keys);
      },
      scan: async (partition: number, after: string | undefined, most: number, owner?: number) => {
        await note('scan', partition, owner);
        return store.scan(partition, after, most);
      },
      parked: async (partition?: number, owner?: number) => {
        await note('parked', partition!, owner);
        return store.parked(partition);
      },
    });
    const first = await running(log, watched);
    await append(log, classified(1), classified(2, { reason: 'poison' } as never), priced('2'));
    await eventually(async () => (await amounts(log)).includes('1=2') && (await store.parked()).length === 1);
    await first.stop();
    await started(log, watched);
    for (const each of Object.values(owned)) expect(new Set(each)).toEqual(new Set([true]));
    expect(older).toBeLessThan(0);
  });

  it('first appends committed records of its predecessor, with their old sequence', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await running(log, store);
    await append(log, classified(1));
    await eventually(async () => (await chargesIn(log)).length === 1);
    await first.stop();
    const [emitted] = await chargesIn(log);
    const record = {
      ...recordOf({ ...classified(1), topic: 'usage.charged', data: {} } as never, 3),
      partition: partitionOfDigest(digestOf(1)),
      headers: {
        ce_id: 'left behind',
        ce_type: 'assay.usage.charged.v1',
        ce_sequence: '1.7',
        ce_source: '/',
        ce_specversion: '1.0',
      },
      value: '{"amount":"left"}',
    };
    const { checkpoint } = await store.claim(record.partition, 0);
    const nothing: Changes = { checkpoint: {}, states: [], outbox: [record], jobs: { put: [], remove: [] }, park: [] };
    await store.transact(record.partition, checkpoint.epoch, nothing);
    await started(log, store);
    const charges = await chargesIn(log);
    expect(charges).toHaveLength(2);
    expect(charges.find(({ id }) => id === 'left behind')!.sequence).toBe('1.7');
    expect(emitted!.amount).toBe('1');
  });

  it('lets no former owner write, and nothing is lost or doubled', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const one = await started(log, store);
    const two = await started(log, store);
    for (let n = 0; n < 30; n += 1) await append(log, classified(n % 7));
    // Another process claims every partition unnoticed: the owners must detect it, claim again and go on.
    for (let partition = 0; partition < 3; partition += 1) await store.claim(partition, 0);
    for (let n = 0; n < 30; n += 1) await append(log, classified(n % 7));
    await eventually(async () => new Set((await chargesIn(log)).map(({ id }) => id)).size === 60);
    // A record relayed twice carries the same sequence, so consumers drop it.
    const charges = await chargesIn(log);
    expect(new Set(charges.map(({ id, sequence }) => `${id} ${sequence}`)).size).toBe(60);
    expect(new Set(charges.map(({ sequence, digest }) => `${partitionOfDigest(digest)} ${sequence}`)).size).toBe(60);
    expect(one.host.owned().length + two.host.owned().length).toBe(3);
  });

  it('parks an event that cannot be handled, halts its key, and lets the others of the partition go on', async () => {
    const { log, store } = await started();
    await append(
      log,
      classified(1),
      classified(1, { reason: 'poison' }),
      classified(1),
      ...Array.from({ length: 20 }, (_, n) => classified(n + 2)),
    );
    await eventually(async () => (await chargesIn(log)).length === 21);
    const parked = await store.parked();
    expect(parked.map(({ key, code }) => [key, code])).toEqual([
      [digestOf(1), 'handler-failed'],
      [digestOf(1), 'key-halted'],
    ]);
    expect((await amounts(log)).filter((charge) => charge.startsWith('1='))).toEqual(['1=1']);
    const audit = [];
    for await (const { records } of log.read('operator.acted', 0, 0, 10))
      audit.push(...records.map(({ value }) => (JSON.parse(value) as { command: string; why: string }).why));
    expect(audit).toEqual([
      'handler-failed: this one cannot be handled',
      'key-halted: an earlier event of this image is parked',
    ]);
  });

  it('undoes the changes of a handler that failed', async () => {
    const { log, store } = await started();
    await append(log, classified(1), { ...classified(1, { reason: 'half done' }), id: 'half' });
    await eventually(async () => (await store.parked()).length === 1 && (await chargesIn(log)).length === 1);
    expect(
      Object.keys(((await contents(store, 3))[digestOf(1)] as { received: { received: object } }).received.received),
    ).toHaveLength(1);
    expect((await contents(store, 3))[digestOf(1)]).not.toHaveProperty('received.received.half');
  });

  it.each([
    ['not-a-cloud-event', { headers: {}, value: '{}' }],
    [
      'unreadable-event',
      {
        headers: {
          ce_id: 'x',
          ce_type: 'assay.finding.classified.v1',
          ce_source: '/',
          ce_specversion: '1.0',
          'content-type': 'application/json',
        },
        value: '{"half":',
      },
    ],
    [
      'invalid-event',
      {
        headers: {
          ce_id: 'x',
          ce_type: 'assay.finding.classified.v1',
          ce_source: '/',
          ce_specversion: '1.0',
          'content-type': 'application/json',
        },
        value: '{"verdict":"one"}',
      },
    ],
    [
      'unknown-version',
      {
        headers: {
          ce_id: 'x',
          ce_type: 'assay.finding.classified.v0',
          ce_source: '/',
          ce_specversion: '1.0',
          'content-type': 'application/json',
        },
        value: '{}',
      },
    ],
  ])('parks what is %s', async (code, record) => {
    const { log, store } = await started();
    await log.append([{ topic: 'finding.classified', partition: 0, key: 'some key', ...record }]);
    await eventually(async () => (await store.parked()).length === 1);
    expect((await store.parked())[0]).toMatchObject({
      code,
      key: 'some key',
      topic: 'finding.classified',
      partition: 0,
      offset: 0,
    });
  });

  it('parks an event without a subject, and goes on', async () => {
    const { log, store } = await started();
    const {
      headers: { ce_subject: _, ...headers },
      ...record
    } = recordOf(classified(1), 3);
    await log.append([{ ...record, headers: headers as Record<string, string> }]);
    await append(log, classified(2));
    await eventually(async () => (await chargesIn(log)).length === 1 && (await store.parked()).length === 1);
    expect((await store.parked())[0]).toMatchObject({ code: 'not-a-cloud-event', key: digestOf(1) });
  });

  it('reads no states for a batch without events', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const reads: (readonly string[])[] = [];
    const { stop } = await running(
      log,
      instead(store, {
        read: (...args) => {
          reads.push(args[1]);
          return store.read(...args);
        },
      }),
    );
    onTestFinished(() => stop());
    const partition = partitionOfDigest(digestOf(1));
    await log.append([
      {
        topic: 'finding.classified',
        partition,
        key: 'fence',
        value: '{}',
        headers: { ce_id: 'fence', ce_type: 'assay.fence.v1', ce_sequence: '1.0' },
      },
    ]);
    await eventually(async () => (await store.checkpoint(partition))?.offsets['finding.classified'] === 1);
    expect(reads).toEqual([]);
    await append(log, classified(1));
    await eventually(async () => (await chargesIn(log)).length === 1);
    expect(reads).toEqual([[digestOf(1)]]);
  });

  it('skips unknown types', async () => {
    const { log, store } = await started();
    await log.append([
      {
        topic: 'finding.classified',
        partition: partitionOfDigest(digestOf(1)),
        key: digestOf(1),
        headers: { ce_id: 'x', ce_type: 'assay.something.else.v1' },
        value: '{}',
      },
    ]);
    await append(log, classified(1));
    await eventually(async () => (await chargesIn(log)).length === 1);
    expect(await store.parked()).toEqual([]);
  });

  it('evaluates every key after a config change, also those from before a restart', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await running(log, store);
    await append(log, ...Array.from({ length: 40 }, (_, n) => classified(n)));
    await eventually(async () => (await chargesIn(log)).length === 40);
    await append(log, priced('2'));
    await eventually(async () => (await chargesIn(log)).length === 80);
    await first.stop();
    await append(log, priced('3'));
    await started(log, store);
    await eventually(async () => (await chargesIn(log)).length === 120);
    expect((await amounts(log)).filter((charge) => charge.endsWith('=3'))).toHaveLength(40);
  });

  it('writes no unchanged key, but a key whose wake alone changed', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const written: (readonly string[])[] = [];
    const watched = instead(store, {
      transact: (partition, epoch, changes) => {
        written.push(changes.states.map(({ key }) => key));
        return store.transact(partition, epoch, changes);
      },
    });
    // The price changes the wake of the second key, but no event.
    const decide: typeof toy.decide = (state, { key, config }) => ({
      ...toy.decide(state, { config: { price: '1' } } as never),
      ...(key === digestOf(2) ? { wakeAt: 1e15 + Number(config.price) } : {}),
    });
    const { stop } = await running(log, watched, {}, decide);
    onTestFinished(() => stop());
    await append(log, classified(1), classified(2));
    await eventually(async () => (await chargesIn(log)).length === 2);
    written.length = 0;
    await append(log, priced('5'));
    await eventually(async () =>
      (await Promise.all([0, 1, 2].map((partition) => store.checkpoint(partition)))).every(
        (head) => head?.configEvaluated['operator.acted'] === 1,
      ),
    );
    expect(written.flat()).toEqual([digestOf(2)]);
    const partition = partitionOfDigest(digestOf(2));
    expect((await store.due(partition, Date.now(), 10)).next).toBe(1e15 + 5);
    expect((await chargesIn(log)).length).toBe(2);
  });

  it('is opened again, although it gave up before the log had answered its host', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await running(log, store);
    await append(log, ...Array.from({ length: 9 }, (_, n) => classified(n)));
    await eventually(async () => (await chargesIn(log)).length === 9);
    await first.stop();
    await append(log, priced('2'));
    let failures = 3;
    const failing = instead(store, {
      transact: async (...args) => {
        if (args[2].checkpoint.evaluated === undefined && args[2].states.length > 0 && failures-- > 0)
          throw new Error('not now');
        return store.transact(...args);
      },
    });
    const slow = instead(log, {
      consume: async (...args) => {
        const consumer = await log.consume(...args);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return consumer;
      },
    });
    const second = await running(slow, failing);
    onTestFinished(() => second.stop());
    await eventually(async () => (await chargesIn(log)).length === 18);
    expect(failures).toBeLessThanOrEqual(0);
  });

  describe('whose store was lost', () => {
    it('restores received and emitted events, and emits nothing twice', async () => {
      const [log, store] = [emptyLog(), emptyStore()];
      const first = await running(log, store);
      await append(log, ...Array.from({ length: 60 }, (_, n) => classified(n % 11)));
      await eventually(async () => (await chargesIn(log)).length === 60);
      const before = await contents(store, 3);
      await first.stop();
      const restored = emptyStore();
      await started(log, restored);
      expect(await contents(restored, 3)).toEqual(before);
      await append(log, classified(99));
      await eventually(async () => (await amounts(log)).includes('99=1'));
      expect(await chargesIn(log)).toHaveLength(61);
    });

    it.each<[string, Partial<Clock>]>([
      ['', {}],
      [', also where the clock is behind and the same epoch is given again', { now: () => 1 }],
    ])('notices that its store was rolled back, and doubles nothing%s', async (_, behind) => {
      const folder = mkdtempSync(join(tmpdir(), 'assay-rollback-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const log = emptyLog();
      const [file, backup] = [join(folder, 'store.db'), join(folder, 'backup.db')];
      const run = async (n: number, until: number): Promise<void> => {
        const store = new EmbeddedStore(file);
        const { stop } = await running(log, store, { clock: { ...systemClock, ...behind } });
        await append(log, ...Array.from({ length: n }, (_event, at) => classified(at)));
        await eventually(async () => (await chargesIn(log)).length === until);
        await stop();
        await store.close();
      };
      await run(20, 20);
      copyFileSync(file, backup);
      await run(20, 40);
      // The old outbox is empty, and the old offsets are behind: only the emitted events show that time went on.
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
      copyFileSync(backup, file);
      await run(5, 45);
      expect(new Set((await chargesIn(log)).map(({ id }) => id)).size).toBe(45);
      expect(
        new Set((await chargesIn(log)).map(({ digest, sequence }) => `${partitionOfDigest(digest)} ${sequence}`)).size,
      ).toBe(45);
    });

    it('detects the loss while no event comes, and restores the store', async () => {
      const log = emptyLog();
      let behind = emptyStore();
      const store = new Proxy({} as Store, { get: (_, name) => methodOf(behind, name) });
      const filling: number[] = [];
      const { stop } = await running(log, store, {
        clock: hurried,
        observer: {
          ...silent,
          restoring: (partition) => {
            filling.push(partition);
          },
        },
      });
      onTestFinished(() => stop());
      await append(log, ...Array.from({ length: 20 }, (_, n) => classified(n % 5)));
      await eventually(async () => (await chargesIn(log)).length === 20);
      const before = await contents(store, 3);
      expect(filling, 'nothing was said before').toEqual([]);
      behind = emptyStore();
      await eventually(async () => JSON.stringify(await contents(store, 3)) === JSON.stringify(before));
      expect(await chargesIn(log)).toHaveLength(20);
      expect(new Set(filling)).toEqual(new Set(Object.keys(before).map((key) => partitionOfDigest(key))));
      expect(filling).toHaveLength(new Set(filling).size);
    });

    it('leaves one fence after several attempts to read the last emitted events', async () => {
      const log = emptyLog();
      let failures = 3;
      const { stop } = await running(
        instead(log, {
          read: (topic, partition, from, until) => {
            if (topic === 'usage.charged' && partition === 0 && (failures -= 1) >= 0) throw new Error('damaged');
            return log.read(topic, partition, from, until);
          },
        }),
        emptyStore(),
      );
      onTestFinished(() => stop());
      expect([failures < 0, await log.end('usage.charged', 0)]).toEqual([true, 1]);
    });

    it('reads the last emitted events once, if no other owner appends', async () => {
      const [log, store] = [emptyLog(), emptyStore()];
      const first = await running(log, store);
      await append(log, classified(1), classified(2), classified(3));
      await eventually(async () => (await chargesIn(log)).length === 3);
      await first.stop();
      const looks: string[] = [];
      const { stop } = await running(
        instead(log, {
          end: (topic, partition) => {
            // The other look is at the age of the log.
            if (topic !== 'scan.completed') looks.push(`${topic}/${partition}`);
            return log.end(topic, partition);
          },
        }),
        store,
      );
      onTestFinished(() => stop());
      expect(looks.toSorted()).toEqual(['usage.charged/0', 'usage.charged/1', 'usage.charged/2']);
    });

    it('reports its lag, and asks the log about all of its partitions at once', async () => {
      const log = emptyLog();
      let [requests, isHeld] = [0, false];
      const all = Promise.withResolvers<void>();
      // As if the log of each partition was longer by the partition's number.
      const { host, stop } = await running(
        instead(log, {
          end: async (topic, partition) => {
            if (!isHeld) return log.end(topic, partition);
            if ((requests += 1) === log.partitions) all.resolve();
            await all.promise;
            return (await log.end(topic, partition)) + partition;
          },
        }),
        emptyStore(),
      );
      onTestFinished(() => stop());
      await eventually(() => host.owned().length === log.partitions);
      isHeld = true;
      expect(await host.lag()).toBe(0 + 1 + 2);
      expect(requests).toBe(log.partitions);
    });

    it('evaluates no key by a config older than that of the last evaluation', async () => {
      const log = emptyLog();
      const lagging = Promise.withResolvers<void>();
      let isLagging = false;
      const slow = instead(log, {
        follow: (topics, options) =>
          log.follow(topics, {
            ...options,
            onBatch: async (batch) => {
              if (isLagging) await lagging.promise;
              await options.onBatch(batch);
            },
          }),
      });
      const first = await running(log, emptyStore());
      let behind = emptyStore();
      const store = new Proxy({} as Store, { get: (_, name) => methodOf(behind, name) });
      await append(log, classified(1));
      await eventually(async () => (await chargesIn(log)).length === 1);
      await first.stop();
      const second = await running(slow, store, { clock: hurried });
      onTestFinished(() => second.stop());
      isLagging = true;
      // Another owner has received the price and charged by it, when the store is emptied.
      await append(log, priced('2'));
      const other = await running(
        instead(log, { consume: (_group, ...rest) => log.consume('another group', ...rest) }),
        emptyStore(),
      );
      await eventually(async () => (await chargesIn(log)).length === 2);
      await other.stop();
      const emitted = await log.end('usage.charged', partitionOfDigest(digestOf(1)));
      behind = emptyStore();
      await eventually(async () => (await log.end('usage.charged', partitionOfDigest(digestOf(1)))) > emitted);
      lagging.resolve();
      await append(log, classified(2));
      await eventually(async () => (await amounts(log)).includes('2=2'));
      expect(await amounts(log)).toEqual(['1=1', '1=2', '2=2']);
    });

    it('emits what it had not emitted yet', async () => {
      const log = emptyLog();
      await append(log, classified(1), classified(2));
      await started(log);
      await eventually(async () => (await chargesIn(log)).length === 2);
    });

    it.each(['while it claims the partition', 'between its look at the log and its fence'])(
      'detects what was emitted %s',
      async (when) => {
        const [log, store] = [emptyLog(), emptyStore()];
        await (await running(log, store)).stop();
        const partition = partitionOfDigest(digestOf(1));
        const zombie = {
          ...recordOf(
            {
              ...classified(1),
              topic: 'usage.charged',
              data: { ...chargeExample, digest: digestOf(1), subscriptionId: 'someone' },
              causationid: 'unknown here',
            } as never,
            3,
          ),
          partition,
        };
        let epoch = 0;
        // The old store does not know what the last owner is still appending.
        const appendLate = async (): Promise<void> => {
          if ((await log.end('usage.charged', partition)) < 2)
            await log.append([{ ...zombie, headers: { ...zombie.headers, ce_sequence: `${epoch - 1}.1` } }]);
        };
        const claiming: Partial<Store> = {
          claim: async (number, floor) => {
            if (number !== partition) return store.claim(number, floor);
            epoch = floor;
            if (when.startsWith('while')) await appendLate();
            return store.claim(number, floor);
          },
        };
        const fencing: Partial<EventLog> = {
          append: async (records) => {
            if (!when.startsWith('while') && records[0]!.partition === partition && records[0]!.key === 'fence')
              await appendLate();
            return log.append(records);
          },
        };
        const second = await running(instead(log, fencing), instead(store, claiming));
        onTestFinished(() => second.stop());
        await expect
          .poll(async () => (await contents(store, 3))[digestOf(1)])
          .toMatchObject({ emitted: { emitted: { 'unknown here': chargeExample.amount } } });
      },
    );

    it('fences what an earlier owner still appends, also if its store is complete', async () => {
      const [log, store] = [emptyLog(), emptyStore()];
      for (let owner = 0; owner < 3; owner += 1) await (await running(log, store)).stop();
      for (let partition = 0; partition < 3; partition += 1) {
        const fences: string[] = [];
        for await (const { records } of log.read('usage.charged', partition, 0, 100))
          fences.push(...records.map(({ headers }) => `${headers.ce_type} ${headers.ce_sequence}`));
        const {
          checkpoint: { epoch },
        } = await store.claim(partition, 0);
        expect(fences).toHaveLength(3);
        expect(fences.at(-1)).toBe(`assay.fence.v1 ${epoch - 1}.0`);
      }
    });

    it('detects a claim that its store forgot, and emits dropped events again', async () => {
      const { log, store } = await started();
      const partition = partitionOfDigest(digestOf(1));
      // The other claim is in the log. The store was rolled back to before it.
      const later = (await store.epoch(partition))! + 1_000_000;
      await log.append([
        {
          topic: 'usage.charged',
          partition,
          key: 'fence',
          value: '{}',
          headers: { ce_id: 'fence', ce_type: 'assay.fence.v1', ce_sequence: `${later}.0` },
        },
      ]);
      await append(log, classified(1));
      await eventually(async () =>
        (await chargesIn(log)).some(({ sequence }) => Number(sequence.split('.')[0]) > later),
      );
      const [first, second, ...others] = await chargesIn(log);
      expect(Number(first!.sequence.split('.')[0])).toBeLessThan(later);
      expect([second!.id, others]).toEqual([first!.id, []]);
    });

    it('looks past any number of fences for the last event', async () => {
      const [log, store] = [emptyLog(), emptyStore()];
      const first = await running(log, store);
      await append(log, classified(1));
      await eventually(async () => (await chargesIn(log)).length === 1);
      await first.stop();
      const partition = partitionOfDigest(digestOf(1));
      const [emitted] = await chargesIn(log);
      const fence = (n: number) => ({
        topic: 'usage.charged',
        partition,
        key: 'fence',
        value: '{}',
        headers: {
          ce_id: `${n}`,
          ce_type: 'assay.fence.v1',
          ce_sequence: `${Number(emitted!.sequence.split('.')[0]) + n}.0`,
        },
      });
      await log.append(Array.from({ length: 200 }, (_, n) => fence(n + 1)));
      // A store that lacks the event, and counts as complete.
      const behind = emptyStore();
      const {
        checkpoint: { epoch },
      } = await behind.claim(partition, 1);
      await behind.transact(partition, epoch, {
        checkpoint: { restored: true, stateVersion: 1, evaluated: true },
        states: [],
        outbox: [],
        jobs: { put: [], remove: [] },
        park: [],
      });
      await started(log, behind);
      expect(
        Object.keys(((await contents(behind, 3))[digestOf(1)] as { emitted: { emitted: object } }).emitted.emitted),
      ).toHaveLength(1);
    });

    it('fences what its earlier self still appends', async () => {
      const [log, store] = [emptyLog(), emptyStore()];
      const first = await running(log, store);
      await append(log, classified(1));
      await eventually(async () => (await chargesIn(log)).length === 1);
      await first.stop();
      const partition = partitionOfDigest(digestOf(1));
      await (await started(log, emptyStore())).stop();
      // The zombie's charge comes after the fence of the owner that restored the store.
      let zombie;
      for await (const { records } of log.read('usage.charged', partition, 0, 100))
        zombie = records.find(({ headers }) => headers.ce_type !== 'assay.fence.v1');
      await log.append([
        {
          ...zombie!,
          headers: {
            ...zombie!.headers,
            ce_id: 'late',
            ce_sequence: zombie!.headers.ce_sequence!.replace(/\.\d+$/, '.999'),
            ce_causationid: 'unheard',
          },
        },
      ]);
      const third = emptyStore();
      await started(log, third);
      expect(
        Object.keys(((await contents(third, 3))[digestOf(1)] as { emitted: { emitted: object } }).emitted.emitted),
      ).not.toContain('unheard');
    });
  });

  it('evaluates a job that was finished while there was no owner', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const afterWork: typeof toy.decide = (state, context) => {
      const done = context.jobs.some(({ state: at }) => at === 'finished');
      return done ? toy.decide(state, context) : { events: [], jobs: [{ id: 'work', lane: 'only', payload: {} }] };
    };
    const first = await running(log, store, {}, afterWork);
    await append(log, classified(1));
    await eventually(async () => (await store.jobCounts())['only/queued'] === 1);
    await first.stop();
    const job = (await store.claimJob({ leaseMs: 60_000, maxAttempts: 3, lanes: [{ lane: 'only', most: 1 }] }))!;
    await store.finishJob(job, { result: { done: true } });
    await new Promise(setImmediate);
    const second = await running(log, store, {}, afterWork);
    onTestFinished(() => second.stop());
    await eventually(async () => (await chargesIn(log)).length === 1);
    await eventually(async () => Object.keys(await store.jobCounts()).length === 0);
  });

  it('writes nothing when a job was only begun', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    let [reads, writes] = [0, 0];
    const watched = instead(store, {
      read: (...args) => {
        reads += 1;
        return store.read(...args);
      },
      transact: (...args) => {
        writes += 1;
        return store.transact(...args);
      },
    });
    const { stop } = await running(log, watched, {}, (state, context) =>
      context.jobs.some(({ state: at }) => at === 'finished')
        ? toy.decide(state, context)
        : { events: [], jobs: [{ id: 'work', lane: 'only', payload: {} }] },
    );
    onTestFinished(() => stop());
    await append(log, classified(1));
    await eventually(async () => (await store.jobCounts())['only/queued'] === 1);
    const [readBefore, writtenBefore] = [reads, writes];
    const job = (await store.claimJob({ leaseMs: 60_000, maxAttempts: 3, lanes: [{ lane: 'only', most: 1 }] }))!;
    await eventually(() => reads === readBefore + 1);
    await store.finishJob(job, { result: { done: true } });
    await eventually(async () => (await chargesIn(log)).length === 1);
    expect([reads - readBefore, writes - writtenBefore]).toEqual([2, 1]);
  });

  it('waits for the config by which the last owner evaluated keys, even if only some', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const halfway = instead(store, {
      scan: async (partition, after, most) => {
        if (after !== undefined) throw new Error('the walk breaks off');
        return store.scan(partition, after, most);
      },
    });
    await (await running(log, store)).stop();
    const first = await running(log, halfway, { clock: hurried });
    await append(log, classified(1));
    await eventually(async () => (await amounts(log)).length === 1);
    await append(log, priced('2'));
    await eventually(async () => (await amounts(log)).includes('1=2'));
    await first.stop();

    const lagging = Promise.withResolvers<void>();
    const slow = instead(log, {
      follow: async (topics, options) => {
        const follower = await log.follow(topics, {
          ...options,
          onBatch: async (batch) => {
            await lagging.promise;
            await options.onBatch(batch);
          },
        });
        return instead(follower, { caughtUp: () => Promise.resolve() });
      },
    });
    // Until its config has caught up, it does not even receive events.
    const second = running(slow, store, { clock: hurried });
    await append(log, classified(1), classified(2));
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    expect(await amounts(log)).toEqual(['1=1', '1=2']);
    lagging.resolve();
    onTestFinished(async () => {
      await (await second).stop();
    });
    await eventually(async () => (await amounts(log)).length === 4);
    expect(await amounts(log)).toEqual(['1=1', '1=2', '1=2', '2=2']);
  });

  it('evaluates a key again later if its decision throws, and does nothing else meanwhile', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    let evaluations = 0;
    const { stop } = await running(log, store, {}, () => {
      evaluations += 1;
      throw new Error('a mistake in the decision');
    });
    onTestFinished(() => stop());
    await append(log, classified(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(evaluations).toBe(1);
    expect(await store.parked()).toEqual([]);
    expect(
      Object.keys(((await contents(store, 3))[digestOf(1)] as { received: { received: object } }).received.received),
    ).toHaveLength(1);
    expect((await store.due(partitionOfDigest(digestOf(1)), Date.now(), 10)).next).toBeGreaterThan(Date.now() + 30_000);
  });

  it('emits nothing about a key whose events are too large, and goes on with the others', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const failed: string[] = [];
    const observer = {
      ...silent,
      failed: (_app: string, key: string, { code }: { code?: string }) => {
        failed.push(`${key} ${code}`);
      },
    };
    const large: typeof toy.decide = (state, context) => {
      const { events } = toy.decide(state, context);
      return {
        events:
          context.key === digestOf(1)
            ? events.map((draft) => ({ ...draft, data: { ...draft.data, priceRule: 'x'.repeat(1_000_000) } }))
            : events,
      };
    };
    const { stop } = await running(log, store, { observer: observer as Observer }, large);
    onTestFinished(() => stop());
    await append(log, classified(1), classified(2));
    await eventually(async () => (await chargesIn(log)).length === 1);
    expect((await chargesIn(log)).map(({ digest }) => digest)).toEqual([digestOf(2)]);
    expect(failed).toEqual([`${digestOf(1)} record-too-large`]);
  });

  it('is not woken forever by a halted key', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const { stop } = await running(log, store, {}, (_state, { now }) => ({ events: [], wakeAt: now + 150 }));
    onTestFinished(() => stop());
    await append(log, classified(1), classified(1, { reason: 'poison' }));
    await eventually(async () => (await store.parked()).length === 1);
    const due = vi.spyOn(store, 'due');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(due.mock.calls.length).toBeLessThan(5);
  });

  it('is rebuilt beside the live one, with the same contents, without emitting', async () => {
    const { log, store } = await started();
    await append(log, ...Array.from({ length: 50 }, (_, n) => classified(n % 9)), classified(3, { reason: 'poison' }));
    await eventually(async () => (await chargesIn(log)).length === 50 && (await store.parked()).length === 1);
    const ends = async () =>
      Promise.all(['usage.charged', 'operator.acted', 'finding.classified'].map((topic) => log.end(topic, 0)));
    const before = await ends();
    const beside = emptyStore();
    await rebuild(toy, ports(log, beside));
    expect(await contents(beside, 3)).toEqual(await contents(store, 3));
    expect(await beside.parked()).toMatchObject(
      await store.parked().then((all) => all.map(({ topic, offset, code }) => ({ topic, offset, code }))),
    );
    expect(await ends()).toEqual(before);
  });

  it('is caught up beside the live one with what came since', async () => {
    const { log, store } = await started();
    const beside = emptyStore();
    const rebuilding = await new Rebuilding(toy, ports(log, beside)).open();
    onTestFinished(() => rebuilding.close());
    const partitions = [0, 1, 2];
    const level = async () =>
      (
        await Promise.all(
          partitions.map(async (partition) =>
            haveSameProgress((await store.checkpoint(partition))!, (await beside.checkpoint(partition))!),
          ),
        )
      ).every(Boolean);
    for (const received of [30, 60, 61]) {
      await append(
        log,
        ...Array.from({ length: received - (await chargesIn(log)).length }, (_, n) => classified(n % 9)),
      );
      await eventually(async () => (await chargesIn(log)).length === received);
      for (const partition of partitions) await rebuilding.fill(partition);
      expect(await contents(beside, 3)).toEqual(await contents(store, 3));
      expect(await level()).toBe(true);
    }
    await append(log, classified(1));
    await eventually(async () => (await chargesIn(log)).length === 62);
    expect(await level()).toBe(false);
  });
});
