import { describe, expect, it, onTestFinished } from 'vitest';
import { silent, systemClock, type Clock, type Observer, type Store } from '@assay/event-sourcing';
import { EmbeddedLog, type Batch, type EventLog, type FollowOptions } from '@assay/messaging';
import { eventually } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  contents,
  digestOf,
  emptyLog,
  emptyStore,
  priced,
  running,
} from '../../test/toy.ts';
import type { AnyEvent, AssayEvent } from '../../test/imports.ts';

type Acted = AssayEvent<'operator.acted'>['data'] & { readonly id: string };

const actsIn = async (log: EventLog): Promise<Acted[]> => {
  const acts: Acted[] = [];
  for await (const { records } of log.read('operator.acted', 0, 0, await log.end('operator.acted', 0)))
    for (const { headers, value } of records) acts.push({ ...(JSON.parse(value) as Acted), id: headers.ce_id! });
  return acts.filter(({ command }) => command === 'halt' || command === 'resume');
};

/** Waits a hundredth of the time. */
const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms / 100, call) };

const started = async (log: EventLog, store: Store) => {
  const failures: string[] = [];
  const observer: Observer = {
    ...silent,
    failed: (_, activity, error) => {
      const { code, message, remedy } = error as Error & { readonly code?: string; readonly remedy?: string };
      failures.push(`${activity}: ${code} ${message}: ${remedy}`);
    },
  };
  const { stop, host } = await running(log, store, { observer, clock: hurried });
  let stopped = false;
  const once = async (): Promise<void> => {
    if (!stopped) {
      stopped = true;
      await stop();
    }
  };
  onTestFinished(once);
  return { log, store, host, failures, stop: once };
};

const numbered = (from: number, to: number): AnyEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    ...classified(1, {}, `1.${from + index}`),
    id: `event-1-${from + index}`,
  }));
const partition = 1;
const receivedIn = async (store: Store): Promise<string[]> =>
  Object.keys(
    ((await contents(store, 3))[digestOf(1)] as { received: { received: object } } | undefined)?.received.received ??
      {},
  );

/** A store that has read ten events of one partition, and other events in another log in their place. */
const readTen = async () => {
  const [log, store] = [emptyLog(), emptyStore()];
  const { stop } = await started(log, store);
  await append(log, ...numbered(1, 10));
  await eventually(async () => (await receivedIn(store)).length === 10 && (await chargesIn(log)).length === 10);
  await stop();
  return store;
};

/** A log restored from its backup: the first events, without the end. */
const restored = async (...events: AnyEvent[]): Promise<EmbeddedLog> => {
  const log = emptyLog();
  await append(log, ...events);
  return log;
};

const resume = (halt: Acted): AnyEvent => ({
  id: `order about ${halt.id}`,
  source: '/assay/test',
  subject: halt.target,
  time: '2026-11-24T10:00:00.000Z',
  correlationid: 'order',
  causationid: halt.id,
  topic: 'operator.acted',
  data: {
    command: 'resume',
    target: halt.target,
    by: 'an operator',
    why: 'the backup is all there is',
    outcome: 'ordered',
  },
});

const dropped = (target: string, event: string): AnyEvent => ({
  id: `order about ${event}`,
  source: '/assay/test',
  subject: target,
  time: '2026-11-24T10:00:00.000Z',
  correlationid: 'order',
  topic: 'operator.acted',
  data: { command: 'drop', target, by: 'an operator', why: 'of no use', outcome: 'ordered', details: { id: event } },
});

/** The orders by which events were dropped, as reported by their service. */
const releasedBy = async (log: EventLog): Promise<string[]> => {
  const causes: string[] = [];
  for await (const { records } of log.read('operator.acted', 0, 0, await log.end('operator.acted', 0)))
    causes.push(
      ...records
        .filter(({ value }) => (JSON.parse(value) as Acted).outcome === 'dropped')
        .map(({ headers }) => headers.ce_causationid!),
    );
  return causes;
};

const standing = async (store: Store): Promise<string | undefined> =>
  (await store.checkpoint(partition))?.standstill?.message;

describe('a topic that differs from what was read of it', () => {
  it.each<[string, AnyEvent[], RegExp]>([
    ['shorter', numbered(1, 7), /ends at .*read up to 10/],
    [
      'shorter, and has grown past the offset',
      [...numbered(1, 7), ...numbered(11, 16)],
      /at 9 is another event .* read, one of 20[\d-]+T[\d:.]+Z \(event-1-13 1\.13 for event-1-10 1\.10\)/,
    ],
    ['shorter, and has grown to the very offset', [...numbered(1, 7), ...numbered(11, 13)], /\(event-1-13 1\.13 for /],
    ['written again', numbered(101, 120), /\(event-1-110 1\.110 for /],
    [
      'with the same events, emitted again',
      numbered(1, 10).map((event, index) => (index < 7 ? event : { ...event, sequence: `2.${index}` })),
      /\(event-1-10 2\.9 for /,
    ],
  ])('%s halts its partition, and reports it', async (_, events, how) => {
    const store = await readTen();
    const { log, host, failures, stop } = await started(await restored(...events), store);
    await eventually(async () => (await actsIn(log)).length === 1);
    const [halt] = await actsIn(log);
    expect(halt).toMatchObject({
      command: 'halt',
      outcome: 'halted',
      target: 'billing/finding.classified/1/10',
      by: 'billing',
      why: expect.stringMatching(/^log-changed: finding\.classified\/1 differs from what was read of it: /) as string,
    });
    expect(await standing(store)).toMatch(how);
    expect(host.notes()).toEqual([expect.stringMatching(how)]);
    expect(host.notes()[0]).toContain('`assay halted`');
    await eventually(async () => failures.length > 0);
    expect(failures.join('\n')).toMatch(
      new RegExp(
        'finding\\.classified: log-changed billing/finding\\.classified/1/10 stands still: ' +
          '.*`assay halted`.*`assay resume ',
      ),
    );
    // Neither further events nor a restart end the standstill.
    await append(log, ...numbered(21, 40));
    await stop();
    const again = await started(log, store);
    await append(log, ...numbered(41, 50));
    await append(log, classified(2));
    await eventually(async () => (await contents(store, 3))[digestOf(2)] !== undefined);
    expect(await receivedIn(store)).toEqual(numbered(1, 10).map(({ id }) => id));
    expect(again.host.notes()).toHaveLength(1);
    expect(await actsIn(log)).toHaveLength(1);
  });

  it('halts many partitions, reported in one line and one note', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await started(log, store);
    await append(log, ...[1, 2, 3, 4, 5, 6].map((number) => classified(number)));
    await eventually(async () => (await chargesIn(log)).length === 6);
    await first.stop();
    const { host, failures } = await started(emptyLog(), store);
    await eventually(async () => failures.length > 0);
    const [note, ...more] = host.notes();
    expect(more).toEqual([]);
    const targets = note!.match(/billing\/finding\.classified\/\d\/\d/g);
    expect(targets!.length).toBeGreaterThan(1);
    expect(failures).toEqual([
      expect.stringContaining(`finding.classified: log-changed ${targets!.length} partitions stand still`),
    ]);
  });

  it('restores the store from the log as it is after one order of an operator, once', async () => {
    const store = await readTen();
    const events = [...numbered(1, 7), ...numbered(11, 16)];
    const { log, host, stop } = await started(await restored(...events), store);
    await eventually(async () => (await actsIn(log)).length === 1);
    const [halt] = await actsIn(log);
    await append(log, resume({ ...halt!, id: 'another standstill' }));
    await append(log, resume(halt!));
    await eventually(async () => (await receivedIn(store)).length === 13);
    expect(await receivedIn(store)).toEqual(events.map(({ id }) => id));
    expect(host.notes()).toEqual([]);
    await eventually(async () => (await store.checkpoint(partition))!.evaluated);
    expect(await store.checkpoint(partition)).toMatchObject({ restored: true, offsets: { 'finding.classified': 13 } });
    const resumed = (await actsIn(log)).filter(({ outcome }) => outcome === 'resumed');
    expect(resumed).toMatchObject([
      { command: 'resume', target: halt!.target, by: 'billing', why: 'the backup is all there is' },
    ]);
    await append(log, ...numbered(17, 20));
    await eventually(async () => (await receivedIn(store)).length === 17);
    await stop();
    await started(log, store);
    await append(log, ...numbered(21, 22));
    await eventually(async () => (await receivedIn(store)).length === 19);
    expect((await actsIn(log)).filter(({ outcome }) => outcome === 'resumed')).toHaveLength(1);
  });

  it('handles the new event at the offset of a dropped one, and parks it if it is unreadable', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await started(log, store);
    const poison = (id: string, sequence: string): AnyEvent => ({
      ...classified(1, { reason: 'poison' }, sequence),
      id,
    });
    await append(log, ...numbered(1, 7), poison('bad 1', '1.8'), poison('bad 2', '1.9'));
    await eventually(async () => (await store.parked()).length === 2);
    for (const offset of [7, 8])
      await append(log, dropped(`billing/finding.classified/1/${offset}`, `bad ${offset - 6}`));
    await eventually(async () => (await store.parked()).length === 0);
    await first.stop();
    const other = await restored(...numbered(1, 7), ...numbered(11, 11), poison('bad 3', '1.12'), ...numbered(13, 14));
    for await (const { records } of log.read('operator.acted', 0, 0, await log.end('operator.acted', 0)))
      await other.append(records);
    await started(other, store);
    await eventually(async () => (await actsIn(other)).length === 1);
    await append(other, resume((await actsIn(other))[0]!));
    await eventually(async () => (await receivedIn(store)).length === 8);
    expect(await receivedIn(store)).toEqual([...numbered(1, 7), ...numbered(11, 11)].map(({ id }) => id));
    await append(other, dropped('billing/finding.classified/1/8', 'bad 3'));
    await eventually(async () => (await receivedIn(store)).length === 10 && (await releasedBy(other)).length === 3);
    expect(await releasedBy(other)).toEqual(['bad 1', 'bad 2', 'bad 3'].map((event) => `order about ${event}`));
  });

  it('does not halt a partition that is before the cut: a store may be older than the log', async () => {
    const store = await readTen();
    const { log, host } = await started(await restored(...numbered(1, 12)), store);
    await eventually(async () => (await receivedIn(store)).length === 12);
    expect(host.notes()).toEqual([]);
    expect(await actsIn(log)).toEqual([]);
  });

  it('reports that it goes on if its store was emptied meanwhile', async () => {
    const store = await readTen();
    const { log, stop } = await started(await restored(...numbered(1, 7)), store);
    await eventually(async () => (await actsIn(log)).length === 1);
    await stop();
    const empty = emptyStore();
    await started(log, empty);
    await eventually(async () => (await actsIn(log)).length === 2);
    expect((await actsIn(log))[1]).toMatchObject({
      command: 'resume',
      outcome: 'resumed',
      why: expect.stringContaining('emptied') as string,
    });
    expect(await receivedIn(empty)).toHaveLength(7);
  });

  it('is completed by its owner with the lost events, even if newer events were emitted since', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await started(log, store);
    for (const event of numbered(1, 3)) {
      const emitted = (await chargesIn(log)).length;
      await append(log, event);
      await eventually(async () => (await chargesIn(log)).length > emitted);
    }
    await first.stop();
    // All received events are there. Only the first two of the emitted events are missing.
    const other = emptyLog();
    const lost: string[] = [];
    for (const topic of ['finding.classified', 'usage.charged', 'operator.acted']) {
      for (let each = 0; each < 3; each += 1) {
        for await (const { records } of log.read(topic, each, 0, await log.end(topic, each))) {
          const events = records.filter(({ headers }) => headers.ce_type === 'assay.usage.charged.v1');
          lost.push(...events.slice(0, 2).map(({ headers }) => headers.ce_id!));
          await other.append(records.filter((record) => !events.slice(0, 2).includes(record)));
        }
      }
    }
    const { host } = await started(other, store);
    await eventually(
      async () => lost.every((id) => lost.length === 2 && id !== '') && (await chargesIn(other)).length >= 3,
    );
    expect((await chargesIn(other)).map(({ id }) => id)).toEqual(expect.arrayContaining(lost));
    expect(host.notes()).toEqual([]);
  });

  it('of config halts every partition that was evaluated by the lost config', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await started(log, store);
    const [event] = numbered(1, 1);
    await append(log, priced('2'), event!);
    await eventually(async () => (await chargesIn(log)).some(({ amount }) => amount === '2'));
    await eventually(async () =>
      (await Promise.all([0, 1, 2].map((each) => store.checkpoint(each)))).every(
        (head) => head?.configEvaluated['operator.acted'] === 1,
      ),
    );
    await first.stop();
    const other = await restored(priced('3'), event!);
    const { host } = await started(other, store);
    await eventually(
      () =>
        host
          .notes()
          .join('\n')
          .match(/billing\/operator\.acted\/\d/g)?.length === 3,
    );
    expect(host.notes()).toHaveLength(1);
  });
});

/**
 * A log in which one topic is replaced by another at some time, while it is read. The next batch reports that the log
 * was unreachable, as Kafka's reader does.
 */
const toBeCut = (topic: string) => {
  const log = emptyLog();
  const followed: FollowOptions[] = [];
  let [other, mayReopen] = [log, true];
  const reopened: (() => void)[] = [];
  const of = (name: string): EmbeddedLog => (name === topic ? other : log);
  const ahead = async (batch: Batch): Promise<Batch> => {
    const { fetchedOffset } = batch;
    const records = [];
    const end = await other.end(topic, batch.partition);
    for await (const each of other.read(topic, batch.partition, fetchedOffset, Math.max(fetchedOffset, end)))
      records.push(...each.records);
    return { ...batch, records, nextOffset: Math.max(fetchedOffset, end), resumed: true };
  };
  const methods: Partial<EventLog> = {
    read: (name, ...where) => of(name).read(name, ...where),
    end: (name, partition) => of(name).end(name, partition),
    append: (records) => (records.every((record) => record.topic === topic) ? other : log).append(records),
    follow: (topics, options) => {
      followed.push(options);
      return (topics.includes(topic as never) ? other : log).follow(topics, options);
    },
    consume: async (group, topics, owner) => {
      const consumer = await log.consume(group, topics, {
        ...owner,
        received: async (batch) => owner.received(batch.topic === topic && other !== log ? await ahead(batch) : batch),
      });
      const reopen = (partition: number): void => {
        if (mayReopen) consumer.reopen(partition);
        else reopened.push(() => consumer.reopen(partition));
      };
      return { owned: () => consumer.owned(), close: () => consumer.close(), reopen };
    },
  };
  return {
    log: new Proxy(log, {
      get: (target, name) => {
        const value = (methods as Record<string | symbol, unknown>)[name] ?? Reflect.get(target, name, target);
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      },
    }) as EventLog,
    /** From here on the topic is replaced. Its readers notice by the next append to the old log. */
    cut: async (to: EmbeddedLog, ...more: readonly AnyEvent[]) => {
      other = to;
      await append(log, ...more);
    },
    followed,
    /** Defers every reopening until it is released. */
    hold: () => {
      mayReopen = false;
      return () => {
        mayReopen = true;
        for (const reopen of reopened) reopen();
      };
    },
  };
};

describe('a topic that is cut while it is read', () => {
  it.each<[string, AnyEvent[], RegExp]>([
    ['shorter', numbered(1, 7), /event-1-10 1\.10|ends at .*read up to 10/],
    ['shorter, and has grown past the offset', [...numbered(1, 7), ...numbered(11, 16)], /event-1-13 1\.13/],
    ['written again', numbered(101, 120), /event-1-110/],
  ])('%s halts its partition before more of it is received', async (_, events, how) => {
    const { log, cut } = toBeCut('finding.classified');
    const store = emptyStore();
    const { host } = await started(log, store);
    await append(log, ...numbered(1, 10));
    await eventually(async () => (await receivedIn(store)).length === 10);
    await cut(await restored(...events), ...numbered(11, 11));
    await eventually(async () => (await actsIn(log)).length === 1);
    expect(await standing(store)).toMatch(how);
    expect(host.notes()).toEqual([expect.stringMatching(how)]);
    expect(await receivedIn(store)).toEqual(numbered(1, 10).map(({ id }) => id));
  });

  it('of config prevents decisions by less config than before, which would hide the loss', async () => {
    const { log, cut, followed, hold } = toBeCut('operator.acted');
    const store = emptyStore();
    const { host } = await started(log, store);
    await append(log, priced('2'), priced('3'));
    const isWalked = async (each: number): Promise<boolean> =>
      (await store.checkpoint(each))?.configEvaluated['operator.acted'] === 2;
    await eventually(async () => (await Promise.all([0, 1, 2].map(isWalked))).every(Boolean));
    const release = hold();
    await cut(await restored(priced('2')));
    await followed[0]!.onBatch({
      topic: 'operator.acted',
      partition: 0,
      records: [],
      fetchedOffset: 2,
      nextOffset: 2,
      resumed: true,
    });
    await eventually(() => host.config.value.price === '2');
    // No key was evaluated yet, and no partition has been opened again when this event comes.
    await append(log, ...numbered(1, 1));
    await eventually(async () => (await standing(store)) !== undefined || (await chargesIn(log)).length > 0);
    expect(await chargesIn(log)).toEqual([]);
    expect((await store.checkpoint(partition))?.read['operator.acted']).toBe('1 price-3 2026-11-24T09:15:02.600Z');
    release();
    const standsBy = async (each: number): Promise<string | undefined> =>
      (await store.checkpoint(each))?.standstill?.topic;
    await eventually(async () =>
      (await Promise.all([0, 1, 2].map(standsBy))).every((topic) => topic === 'operator.acted'),
    );
  });
});

describe('a standstill whose report is lost from the log', () => {
  it('is reported again under its own id, and ends by an order about it', async () => {
    const store = await readTen();
    const cut = [...numbered(1, 7), ...numbered(11, 12)];
    const first = await started(await restored(...cut), store);
    await eventually(async () => (await actsIn(first.log)).length === 1);
    const [halt] = await actsIn(first.log);
    await first.stop();
    // Restored once more, from before the report.
    const { log, host } = await started(await restored(...cut), store);
    await eventually(async () => (await actsIn(log)).length === 1);
    expect(await actsIn(log)).toEqual([halt]);
    expect(host.notes()).toHaveLength(1);
    await append(log, resume(halt!));
    await eventually(async () => (await receivedIn(store)).length === 9 && host.notes().length === 0);
  });

  it('is not reported again if an order to resume exists', async () => {
    const store = await readTen();
    const cut = numbered(1, 7);
    const first = await started(await restored(...cut), store);
    await eventually(async () => (await actsIn(first.log)).length === 1);
    const [halt] = await actsIn(first.log);
    await first.stop();
    const { log } = await started(await restored(...cut, resume(halt!)), store);
    await eventually(async () => (await receivedIn(store)).length === 7);
    expect((await actsIn(log)).map(({ command, outcome }) => `${command} ${outcome}`)).toEqual([
      'resume ordered',
      'resume resumed',
    ]);
  });
});
