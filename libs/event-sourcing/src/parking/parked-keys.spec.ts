import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  EmbeddedStore,
  rebuild,
  ServiceHost,
  silent,
  type Observer,
  type Parked,
  type Decider,
  type Store,
} from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import { eventually } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  contents,
  digestOf,
  emptyLog,
  emptyStore,
  partitionOfDigest,
  ports,
  running,
  toy,
  type ToyReceived,
} from '../../test/toy.ts';
import { definitions, type AnyEvent, type AssayEvent, type FindingClassified } from '../../test/imports.ts';

let orders = 0;
const ordered = (command: 'redrive' | 'drop', { topic, partition, offset }: Parked, app = 'billing'): AnyEvent => ({
  id: `order-${(orders += 1)}`,
  source: '/assay/test',
  subject: 'order',
  time: '2026-11-24T10:00:00.000Z',
  correlationid: 'order',
  topic: 'operator.acted',
  data: {
    command,
    target: `${app}/${topic}/${partition}/${offset}`,
    by: 'an operator',
    why: 'because',
    outcome: 'ordered',
  },
});

type Acted = AssayEvent<'operator.acted'>['data'];

const actsIn = async (
  log: EventLog,
): Promise<{ id: string; cause: string | undefined; correlation: string | undefined; data: Acted }[]> => {
  const acts = [];
  for await (const { records } of log.read('operator.acted', 0, 0, await log.end('operator.acted', 0))) {
    for (const { headers, value } of records)
      acts.push({
        id: headers.ce_id!,
        cause: headers.ce_causationid,
        correlation: headers.ce_correlationid,
        data: JSON.parse(value) as Acted,
      });
  }
  return acts;
};

/** The reports about parked events: outcome and offset. */
const outcomesIn = async (log: EventLog): Promise<string[]> =>
  (await actsIn(log))
    .filter(({ data }) => data.outcome !== 'ordered')
    .map(({ data }) => `${data.outcome} ${data.target.split('/').at(-1)!}`);

const poison = (n: number, more: object = {}) => classified(n, { reason: 'poison', ...more });

/** A handler with a fault that can be fixed, and its number of calls. */
class Mistake {
  fixed = false;
  calls = 0;
  readonly handle: typeof toy.evolveReceived = (received: ToyReceived, event) => {
    this.calls += 1;
    const isFixed = this.fixed && (event.data as FindingClassified).reason === 'poison';
    return toy.evolveReceived(received, isFixed ? { ...event, data: { ...event.data, reason: 'fixed' } } : event);
  };
}

const started = async (
  log: EventLog = emptyLog(),
  store: Store = emptyStore(),
  mistake = new Mistake(),
  observer: Observer = silent,
) => {
  const { stop, host } = await running(log, store, { observer }, toy.decide, mistake.handle);
  let stopped = false;
  const once = async (): Promise<void> => {
    if (!stopped) {
      stopped = true;
      await stop();
    }
  };
  onTestFinished(once);
  const parked = async (): Promise<string[]> => (await store.parked()).map(({ offset, code }) => `${offset} ${code}`);
  return {
    log,
    store,
    mistake,
    host,
    stop: once,
    parked,
    order: async (command: 'redrive' | 'drop', event: Parked) => append(log, ordered(command, event)),
  };
};

/** A key with a charge, a poison event that is parked, and two events behind it. */
const withParked = async () => {
  const service = await started();
  await append(service.log, classified(1), poison(1), classified(1), classified(1));
  await eventually(async () => (await service.parked()).length === 3 && (await chargesIn(service.log)).length === 1);
  return { ...service, rows: await service.store.parked() };
};

const receivedOf = async (store: Store, n: number): Promise<string[]> =>
  Object.keys(((await contents(store, 3))[digestOf(n)] as { received: ToyReceived }).received.received);

const sameAs = async (store: Store, log: EventLog, evolveReceived: typeof toy.evolveReceived): Promise<void> => {
  const beside = emptyStore();
  await rebuild({ ...toy, evolveReceived }, ports(log, beside));
  expect(await contents(beside, 3)).toEqual(await contents(store, 3));
  const places = (rows: readonly Parked[]) =>
    rows.map(({ topic, partition, offset, key, code }) => ({ topic, partition, offset, key, code }));
  expect(places(await beside.parked())).toEqual(places(await store.parked()));
};

describe('a parked event', () => {
  it('is handled when redriven after a fix, with the events behind it, in order', async () => {
    const { log, store, mistake, parked, order, rows } = await withParked();
    mistake.fixed = true;
    await order('redrive', rows[0]!);
    await eventually(async () => (await chargesIn(log)).length === 4);
    expect(await parked()).toEqual([]);
    expect(await receivedOf(store, 1)).toHaveLength(4);
    await eventually(async () => (await outcomesIn(log)).length === 6);
    expect((await outcomesIn(log)).slice(3)).toEqual(rows.map(({ offset }) => `redriven ${offset}`));
    const [order1] = (await actsIn(log)).filter(({ data }) => data.outcome === 'ordered');
    const redriven = (await actsIn(log)).filter(({ data }) => data.outcome === 'redriven');
    expect(redriven.map(({ cause, correlation, data: { by, why } }) => [cause, correlation, by, why])).toEqual(
      rows.map(() => [order1!.id, 'push', 'billing', 'because']),
    );
    await append(log, classified(1));
    await eventually(async () => (await chargesIn(log)).length === 5);
    await sameAs(store, log, mistake.handle);
  });

  it('stays parked when it fails again, is reported, and is tried once per order', async () => {
    const { log, store, mistake, parked, order, rows, stop } = await withParked();
    await order('redrive', rows[0]!);
    await eventually(async () => (await outcomesIn(log)).length === 4);
    expect(await parked()).toEqual(['1 handler-failed', '2 key-halted', '3 key-halted']);
    expect((await store.parked())[0]).toMatchObject({ order: 3, parkedAt: rows[0]!.parkedAt });
    const parks = (await actsIn(log)).filter(({ data }) => data.outcome === 'parked' && data.target.endsWith('/1'));
    expect(new Set(parks.map(({ id }) => id)).size).toBe(2);
    const { calls } = mistake;
    await stop();
    const again = await started(log, store, mistake);
    await again.order('redrive', rows[0]!);
    await eventually(async () => (await store.parked())[0]!.order! > 3);
    expect(mistake.calls).toBe(calls + 1);
    await sameAs(store, log, mistake.handle);
    mistake.fixed = true;
    await again.order('redrive', rows[0]!);
    await eventually(async () => (await again.parked()).length === 0);
  });

  it('is never handled once dropped, and the events behind it are', async () => {
    const { log, store, mistake, parked, order, rows } = await withParked();
    await order('drop', rows[0]!);
    await eventually(async () => (await chargesIn(log)).length === 3);
    expect(await parked()).toEqual([]);
    await eventually(async () => (await outcomesIn(log)).length === 6);
    expect((await outcomesIn(log)).slice(3)).toEqual(['dropped 1', 'redriven 2', 'redriven 3']);
    const received = await receivedOf(store, 1);
    expect(received).toHaveLength(3);
    await sameAs(store, log, mistake.handle);
    // A program that could handle the event does not bring it back.
    mistake.fixed = true;
    await sameAs(store, log, mistake.handle);
    expect(await receivedOf(store, 1)).toEqual(received);
  });

  it('releases the events behind it until one of them fails', async () => {
    const { log, store, mistake, parked, order } = await started();
    await append(log, poison(1), classified(1), poison(1), classified(1));
    await eventually(async () => (await parked()).length === 4);
    await order('drop', (await store.parked())[0]!);
    await eventually(async () => (await parked()).length === 2);
    expect(await parked()).toEqual(['2 handler-failed', '3 key-halted']);
    expect(await chargesIn(log)).toEqual([]);
    await eventually(async () => (await outcomesIn(log)).length === 7);
    expect((await outcomesIn(log)).slice(4).toSorted()).toEqual(['dropped 0', 'parked 2', 'redriven 1']);
    await sameAs(store, log, mistake.handle);
    await order('drop', (await store.parked())[0]!);
    await eventually(async () => (await chargesIn(log)).length === 2);
    await sameAs(store, log, mistake.handle);
  });

  it('keeps waiting behind another faulty event, and may be dropped', async () => {
    const { log, store, mistake, parked, order, rows } = await withParked();
    mistake.fixed = true;
    await order('redrive', rows[1]!);
    await eventually(async () => (await store.parked())[1]!.order === 3);
    expect(await parked()).toEqual(['1 handler-failed', '2 key-halted', '3 key-halted']);
    await order('drop', rows[1]!);
    await eventually(async () => (await parked()).length === 2);
    await order('redrive', rows[0]!);
    await eventually(async () => (await chargesIn(log)).length === 3);
    expect(await parked()).toEqual([]);
    await sameAs(store, log, mistake.handle);
  });

  it('is not dropped by an order that came after it was handled, also after a restore', async () => {
    const { log, store, parked, order, rows } = await withParked();
    await order('drop', rows[0]!);
    await order('drop', rows[1]!);
    await eventually(async () => (await parked()).length === 0 && (await outcomesIn(log)).length === 6);
    await order('drop', rows[2]!);
    expect((await outcomesIn(log)).slice(3)).toEqual(['dropped 1', 'redriven 2', 'redriven 3']);
    expect(await receivedOf(store, 1)).toHaveLength(3);
    // A program that cannot handle the event any more parks it, and looks for orders.
    const beside = emptyStore();
    const evolveReceived: typeof toy.evolveReceived = (received, event) => {
      if ((event.data as FindingClassified).reason !== 'poison' && Object.keys(received.received).length > 0)
        throw new Error('no more');
      return toy.evolveReceived(received, event);
    };
    await rebuild({ ...toy, evolveReceived }, ports(log, beside));
    expect((await beside.parked()).map(({ offset, code }) => `${offset} ${code}`)).toEqual([
      '2 handler-failed',
      '3 key-halted',
    ]);
  });

  it('does not affect other keys, partitions and services', async () => {
    const { log, store, parked, rows } = await withParked();
    await append(log, poison(2));
    await eventually(async () => (await parked()).length === 4);
    const other = (await store.parked()).find(({ key }) => key === digestOf(2))!;
    await append(
      log,
      ordered('drop', rows[0]!, 'classifier'),
      ordered('drop', { ...rows[0]!, offset: 99 }),
      ordered('drop', { ...rows[0]!, partition: (rows[0]!.partition + 1) % 3 }),
      {
        ...ordered('drop', rows[0]!),
        data: {
          command: 'drop',
          target: `billing/finding.classified/${rows[0]!.partition}/1`,
          by: 'x',
          why: 'x',
          outcome: 'something else',
        },
      },
    );
    await append(log, ordered('drop', other));
    await eventually(async () => (await parked()).length === 3);
    expect((await store.parked()).map(({ key }) => key)).toEqual(rows.map(({ key }) => key));
  });

  it('is released by an order that came while the service was down', async () => {
    const { log, store, mistake, order, rows, stop } = await withParked();
    await stop();
    mistake.fixed = true;
    await order('redrive', rows[0]!);
    const again = await started(log, store, mistake);
    expect(await again.parked()).toEqual([]);
    await eventually(async () => (await chargesIn(log)).length === 4);
  });

  it('is released once, at any end of the process', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-parked-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [file, before, after] = ['store.db', 'before.db', 'after.db'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const copy = (to: string): void => {
      for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, to + end);
    };
    class Copied extends EmbeddedStore {
      override async transact(...[partition, epoch, changes]: Parameters<Store['transact']>) {
        if (changes.unpark?.length) copy(before);
        const committed = await super.transact(partition, epoch, changes);
        if (changes.unpark?.length) copy(after);
        return committed;
      }
    }
    const first = await started(emptyLog(), new Copied(file));
    await append(first.log, poison(1), classified(1));
    await eventually(async () => (await first.parked()).length === 2);
    first.mistake.fixed = true;
    await first.order('redrive', (await first.store.parked())[0]!);
    await eventually(
      async () => (await chargesIn(first.log)).length === 2 && (await outcomesIn(first.log)).length === 4,
    );
    const whole = await contents(first.store, 3);
    await first.stop();
    for (const crashed of [before, after]) {
      const store = new EmbeddedStore(crashed);
      const { stop, parked } = await started(first.log, store, first.mistake);
      await eventually(async () => (await parked()).length === 0);
      expect(await contents(store, 3)).toEqual(whole);
      await stop();
    }
    expect(new Set((await chargesIn(first.log)).map(({ id }) => id)).size).toBe(2);
    expect(
      new Set((await actsIn(first.log)).filter(({ data }) => data.outcome === 'redriven').map(({ id }) => id)).size,
    ).toBe(2);
  });

  it('that was unreadable is decoded by the present program, under its own key', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const row: Parked = {
      ...recordOf(classified(1), 3),
      offset: 7,
      key: 'key of the record',
      code: 'unknown-version',
      message: 'version 9',
      parkedAt: '2026-11-24T09:00:00.000Z',
    };
    const {
      checkpoint: { epoch },
    } = await store.claim(row.partition, 0);
    await store.transact(row.partition, epoch, {
      checkpoint: { restored: true, stateVersion: 1, evaluated: true },
      states: [],
      outbox: [],
      jobs: { put: [], remove: [] },
      park: [row, { ...row, offset: 9, value: '{"half' }],
    });
    const { parked, order } = await started(log, store);
    await order('redrive', { ...row, offset: 9 });
    await eventually(async () => (await parked())[1] === '9 unreadable-event');
    await order('redrive', row);
    await eventually(async () => (await chargesIn(log)).length === 1);
    expect(await parked()).toEqual(['9 unreadable-event']);
    expect(await receivedOf(store, 1)).toHaveLength(1);
  });

  it('in the wrong partition for its key is reported so, and halts nothing', async () => {
    const { log, store, parked, order } = await started();
    const partition = (partitionOfDigest(digestOf(1)) + 1) % 3;
    await log.append([
      {
        topic: 'finding.classified',
        partition,
        key: digestOf(1),
        headers: { ce_id: 'x', ce_type: 'assay.finding.classified.v1', ce_sequence: '5.1' },
        value: '{"half',
      },
    ]);
    await eventually(async () => (await parked()).length === 1);
    const note = `; its key belongs to partition ${partitionOfDigest(digestOf(1))}, so nothing of that is halted by it`;
    expect((await store.parked())[0]!.message).toContain(note);
    await append(log, classified(1));
    await eventually(async () => (await chargesIn(log)).length === 1);
    await order('redrive', (await store.parked())[0]!);
    await eventually(async () => (await store.parked())[0]!.order !== undefined);
    expect((await store.parked())[0]!.message.split(note)).toHaveLength(2);
  });

  it('is parked once, however often it is repeated', async () => {
    const { log, parked } = await started();
    const unreadable = {
      topic: 'finding.classified',
      partition: 0,
      key: 'some key',
      headers: { ce_id: 'x', ce_type: 'assay.finding.classified.v1', ce_sequence: '5.1' },
      value: '{"half',
    };
    await log.append([
      unreadable,
      unreadable,
      { ...unreadable, headers: { ...unreadable.headers, ce_sequence: '4.9' } },
      { ...unreadable, headers: { ...unreadable.headers, ce_sequence: 'none' } },
    ]);
    await eventually(async () => (await parked()).length === 2);
    expect(await parked()).toEqual(['0 invalid-event', '3 invalid-event']);
  });

  it('that is unreadable hides no later event, for any sequence', async () => {
    const { log, store, parked, order, stop } = await started();
    const partition = partitionOfDigest(digestOf(1));
    const unreadable = {
      topic: 'finding.classified',
      partition,
      key: 'some key',
      headers: { ce_id: 'x', ce_type: 'assay.finding.classified.v1', ce_sequence: '999999.1' },
      value: '{"half',
    };
    const behind = (n: number) =>
      append(log, ...[1, 2, 3].map((of) => classified(1, {}, `${n}.${of}`)), classified(1, {}, `${n}.3`));
    await log.append([unreadable]);
    await behind(7);
    await eventually(async () => (await chargesIn(log)).length === 3);
    // The event may be repeated meanwhile, and after it was dropped.
    await log.append([unreadable]);
    await behind(8);
    await eventually(async () => (await chargesIn(log)).length === 6);
    expect(await parked()).toEqual(['0 invalid-event']);
    await order('drop', (await store.parked())[0]!);
    await eventually(async () => (await parked()).length === 0);
    await log.append([unreadable]);
    await behind(9);
    await eventually(async () => (await chargesIn(log)).length === 9);
    expect(await parked()).toEqual([]);
    await stop();
    await sameAs(store, log, toy.evolveReceived);
  });

  it('is counted by its owner', async () => {
    const { figures, observer } = watching();
    const { log, parked, stop } = await started(emptyLog(), emptyStore(), new Mistake(), observer);
    await append(log, poison(1), classified(1), poison(2));
    await eventually(async () => (await parked()).length === 3);
    expect(await figures.get('events.parked.now')!()).toEqual({ 'finding.classified': 3 });
    await stop();
    expect(await figures.get('events.parked.now')!()).toEqual({ 'finding.classified': 0 });
  });
});

/** An observer whose figures can be read. */
const watching = () => {
  const figures = new Map<string, () => Promise<number | Readonly<Record<string, number>>>>();
  return {
    figures,
    observer: {
      ...silent,
      watch: (name, read) => {
        figures.set(name, read);
        return () => undefined;
      },
    } as Observer,
  };
};

describe('the age of what waits', () => {
  it('is exposed for the outbox', async () => {
    const { figures, observer } = watching();
    const log = emptyLog();
    await started(log, emptyStore(), new Mistake(), observer);
    expect(await figures.get('outbox.age')!()).toBe(0);
    const whole = log.append.bind(log);
    log.append = (records) =>
      records.some(({ topic }) => topic === 'usage.charged')
        ? Promise.reject(new Error('no space left on device'))
        : whole(records);
    await append(log, classified(1));
    await eventually(async () => ((await figures.get('outbox.age')!()) as number) > 0);
    log.append = whole;
    await eventually(async () => (await figures.get('outbox.age')!()) === 0);
  });

  it('is exposed for jobs, by lane', async () => {
    const { figures, observer } = watching();
    const [log, store] = [emptyLog(), emptyStore()];
    const { stop } = await running(log, store, { observer }, ({ received }, { key }) => ({
      events: [],
      jobs:
        Object.keys(received.received).length > 0
          ? [{ id: key, lane: key === digestOf(1) ? 'push' : 'backfill', payload: {} }]
          : [],
    }));
    onTestFinished(() => stop());
    expect(await figures.get('jobs.age')!()).toEqual({});
    await append(log, classified(1), classified(2), classified(3));
    await eventually(async () => Object.values(await store.jobCounts()).reduce((sum, count) => sum + count, 0) === 3);
    await eventually(async () => Object.values(await figures.get('jobs.age')!()).every((age) => age > 0));
    expect(Object.keys(await figures.get('jobs.age')!()).toSorted()).toEqual(['backfill', 'push']);
  });
});

describe('a service that consumes two topics', () => {
  /** The ids of the events received by key. One of the events cannot be handled. */
  type Known = { readonly ids: readonly string[] };
  const collector: Decider<Known, object, object> = {
    app: 'recommendation',
    stateVersion: 1,
    empty: () => ({ received: { ids: [] }, emitted: {} }),
    noConfig: {},
    evolveConfig: (config) => config,
    matters: () => false,
    evolveEmitted: (emitted) => emitted,
    decide: () => ({ events: [] }),
    evolveReceived: ({ ids }, { id }) => {
      if (id.endsWith('poison')) throw new Error('a mistake');
      return { ids: [...ids, id].toSorted() };
    },
  };
  const declined = definitions.find(({ topic }) => topic === 'scan.declined')!.examples[1]!;
  const eventOf = (topic: 'scan.declined' | 'finding.classified', id: string): AnyEvent => ({
    ...classified(1),
    id,
    topic,
    ...(topic === 'scan.declined' ? { data: { ...declined, digest: digestOf(1) } } : {}),
  });

  it('has the same state of a halted key and parks the same events, in any interleaving', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('scan.declined' as const, 'finding.classified' as const),
            fc.constantFrom('', 'poison'),
          ),
          { minLength: 1, maxLength: 8 },
        ),
        fc.infiniteStream(fc.boolean()),
        async (steps, waits) => {
          const [log, store] = [emptyLog(), emptyStore()];
          const host = new ServiceHost(collector, ports(log, store));
          const { close } = await host.open(
            ['image.pushed', 'image.tagged', 'image.running', 'scan.declined', 'finding.classified'],
            async (event, context) => {
              (context as { unit: { receive(e: AnyEvent): void } }).unit.receive(event);
            },
          );
          for (const [index, [topic, end]] of steps.entries()) {
            await append(log, eventOf(topic, `${index}${end}`));
            if (waits.next().value) await eventually(async () => (await host.lag()) === 0);
          }
          await eventually(async () => (await host.lag()) === 0);
          await close();
          const beside = emptyStore();
          await rebuild(collector, ports(log, beside));
          expect(await contents(beside, 3)).toEqual(await contents(store, 3));
          expect((await beside.parked()).map(({ offset, topic, code }) => [offset, topic, code])).toEqual(
            (await store.parked()).map(({ offset, topic, code }) => [offset, topic, code]),
          );
        },
      ),
      { numRuns: 40 },
    ));
});
