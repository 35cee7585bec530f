import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { configTopics, encodeFence, type AnyEvent } from '@assay/events';
import { EmbeddedLog, partitionOf, type EventLog } from '@assay/messaging';
import { ManualClock, patienceMs, turnsOf } from '@assay/testing';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ReadModelBroken } from '../store/duckdb.ts';
import { View } from './view.ts';
import { beBusy } from '../../test/busy.ts';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';
import {
  declined,
  digestOf,
  findingOf,
  planOn,
  pushFields,
  recordsOf,
  registryObserved,
  emitted,
  soon,
  subscriptionId,
  tell,
  wholeStory,
  wholeSet,
} from '../../test/fixtures.ts';

const everything = async (assay: ServiceUnderTest) => ({
  images: await assay.all('/assay/images'),
  registries: (await assay.get('/assay/registries')).body,
  findings: await assay.all(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Security/subAssessments?api-version=2020-01-01`,
  ),
  assessments: await assay.all(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Security/assessments?api-version=2020-01-01`,
  ),
  timelines: await Promise.all(
    [1, 2, 3].map(async (n) => (await assay.get(`/assay/images/${digestOf(n)}/timeline`)).body),
  ),
});

const stories = (): AnyEvent[] => [
  registryObserved(),
  planOn(),
  ...wholeStory(),
  ...wholeStory({
    verdict: 2,
    findings: [
      findingOf({ vulnerability: 'CVE-2026-2' }),
      findingOf({ vulnerability: 'CVE-2026-3', state: 'exempt', ruleId: 'r' }),
    ],
  }),
  ...wholeStory({ digest: digestOf(2) }),
  declined('plan-disabled', { digest: digestOf(2), verdict: 2 }),
  ...wholeStory({ digest: digestOf(3), findings: [] }),
  declined('image-deleted', { digest: digestOf(3), verdict: 2 }),
  emitted('recommendation.changed', {
    ...pushFields(digestOf(3), 1),
    verdict: 2,
    status: 'not-applicable',
    reason: 'image-deleted',
    since: '2026-11-24T09:15:10.000Z',
  }),
];

const byTopic = (events: readonly AnyEvent[]): AnyEvent[][] => [...Map.groupBy(events, ({ topic }) => topic).values()];

describe('the view', () => {
  let folder: string;
  const open: ServiceUnderTest[] = [];
  const started = async (options: Parameters<typeof suite>[0] = {}) => {
    const one = await suite(options);
    open.push(one);
    return one;
  };
  const stopped = async (one: ServiceUnderTest) => {
    open.splice(open.indexOf(one), 1);
    await one.close();
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-view-'));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await rm(folder, { recursive: true, force: true });
  });

  it('is the same in any order of the topics and in any batches', async () => {
    const straight = await started();
    const events = stories();
    await straight.publish(...events);
    const expected = await everything(straight);
    expect(expected.images).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(
          byTopic(events).map((_, index) => index),
          { minLength: byTopic(events).length },
        ),
        fc.integer({ min: 1, max: 12 }),
        async (order, batch) => {
          const shuffled = await started();
          const topics = byTopic(events);
          const interleaved = order.flatMap((index) => topics[index]!);
          for (let from = 0; from < interleaved.length; from += batch)
            await shuffled.publish(...interleaved.slice(from, from + batch));
          expect(await everything(shuffled)).toEqual(expected);
          await stopped(shuffled);
        },
      ),
      { numRuns: turnsOf(8) },
    );
  });

  it('ignores config events that do not concern it', async () => {
    const assay = await started();
    await assay.publish(
      ...stories(),
      ...configTopics.map((topic) => emitted(topic)),
      ...wholeStory({ digest: digestOf(4) }),
    );
    expect(await assay.all('/assay/images')).toHaveLength(4);
  });

  it('drops repeated records', async () => {
    const assay = await started();
    const events = stories();
    await assay.publish(...events);
    const once = await everything(assay);
    const rows = () =>
      assay.view.read((query) =>
        query(
          'select (select count(*) from timeline)::integer as events, (select count(*) from changes)::integer as ' +
            'changes',
        ),
      );
    const counted = await rows();
    await assay.publish(...events.filter(({ sequence }) => sequence));
    expect(await everything(assay)).toEqual(once);
    expect(await rows()).toEqual(counted);
  });

  it('drops records of an owner that has lost its partition', async () => {
    const assay = await started();
    const [pushed, approved] = wholeStory();
    await assay.publish(pushed!, approved!);
    const fence = encodeFence({
      id: 'fence',
      source: '/assay/eligibility',
      time: '2026-11-24T09:16:00.000Z',
      sequence: '5.0',
    });
    await assay.log.append([
      { ...fence, topic: 'scan.declined', partition: partitionOf(digestOf(1), assay.log.partitions) },
    ]);
    await assay.publish(declined('plan-disabled', { verdict: 9 }));
    expect((await assay.get(`/assay/images/${digestOf(1)}`)).body.placements[0].status).toBe('queued');
    await assay.publish(declined('plan-disabled', { verdict: 9 }, { sequence: '5.1' }));
    expect((await assay.get(`/assay/images/${digestOf(1)}`)).body.placements[0].reason).toBe('plan-disabled');
  });

  it('continues where it stopped, even within a set of pages', async () => {
    const log = new EmbeddedLog(join(folder, 'log.db'), 4);
    const [pushed, approved, started_, completed, classified, ...rest] = wholeStory();
    const whole = wholeSet([1, 2].map((n) => findingOf({ vulnerability: `CVE-2026-${n}` })));
    const page = (n: number) => ({
      ...classified!,
      id: `page ${n}`,
      sequence: `9.${n}`,
      data: { ...classified!.data, ...whole, page: n, pages: 2, findings: [whole.findings[n - 1]!] },
    });
    const path = join(folder, 'view.duckdb');
    const first = await View.open({ path, log });
    await tell(log, registryObserved(), planOn(), pushed!, approved!, started_!, completed!, page(1));
    await first.caughtUp();
    await first.close();
    await tell(log, page(2), ...rest);
    const read = vi.spyOn(log, 'follow');
    const second = await started({ path, log });
    expect(read.mock.calls[0]![1].from!('finding.classified', partitionOf(digestOf(1), 4))).toBe(1);
    await second.view.caughtUp();
    const shown = await everything(second);
    expect(shown.findings).toHaveLength(2);
    await stopped(second);
    const fresh = await started({ log: new EmbeddedLog(join(folder, 'log.db'), 4) });
    await fresh.view.caughtUp();
    expect(await everything(fresh)).toEqual(shown);
  });

  it('starts from scratch over another log', async () => {
    const path = join(folder, 'view.duckdb');
    const first = await started({ path });
    await first.publish(...stories());
    await stopped(first);
    const second = await started({ path });
    await second.publish(...wholeStory({ digest: digestOf(8) }));
    expect((await second.all('/assay/images')).map(({ digest }) => digest as string)).toEqual([digestOf(8)]);
  });

  it.each<[string, (events: AnyEvent[]) => AnyEvent[]]>([
    ['shorter', (events) => events.slice(0, -1)],
    ['as long, with others at its end', (events) => [...events.slice(0, -1), ...wholeStory({ digest: digestOf(9) })]],
    [
      'anew, and longer than before',
      (events) => [
        registryObserved({ location: 'elsewhere' }),
        ...events.slice(1),
        registryObserved(),
        ...wholeStory({ digest: digestOf(9) }),
      ],
    ],
  ])('starts from scratch over a log that came back %s, and reports it', async (_, changed) => {
    const path = join(folder, 'view.duckdb');
    const first = await started({ path });
    const events = stories();
    await first.publish(...events);
    await stopped(first);
    const log = new EmbeddedLog(':memory:', 4);
    await tell(log, ...changed(events));
    const errors: unknown[] = [];
    const second = await started({ path, log, onError: (error) => errors.push(error) });
    await second.view.caughtUp();
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'log-changed',
        message: expect.stringContaining('differs from what was read of it') as string,
      }),
    ]);
    const straight = await started();
    await straight.publish(...changed(events));
    expect((await everything(second)).images).toEqual((await everything(straight)).images);
  });

  it('starts from scratch if the log changed while it was away, and answers nothing meanwhile', async () => {
    const [before, after] = [new EmbeddedLog(':memory:', 4), new EmbeddedLog(':memory:', 4)];
    await tell(before, ...stories());
    await tell(after, registryObserved(), planOn(), ...wholeStory({ digest: digestOf(9) }), ...wholeStory());
    let log = before;
    const listening: Parameters<EventLog['follow']>[1][] = [];
    const switching = {
      partitions: 4,
      append: (records) => log.append(records),
      end: (topic, partition) => log.end(topic, partition),
      read: (topic, partition, from, until) => log.read(topic, partition, from, until),
      follow: (topics, options) => {
        listening.push(options);
        return log.follow(topics, options);
      },
      consume: () => Promise.reject(new Error('nobody does')),
      close: async () => undefined,
    } satisfies EventLog;
    const errors: unknown[] = [];
    const assay = await started({ log: switching as never, onError: (error) => errors.push(error) });
    await assay.view.caughtUp();
    expect((await assay.view.freshness()).state).toBe('current');
    const topic = 'image.pushed';
    const partition = partitionOf(digestOf(2), 4);
    log = after;
    const next = assay.view.received(topic)[partition]!;
    await listening[0]!.onBatch({
      topic,
      partition,
      records: [],
      fetchedOffset: next,
      nextOffset: next,
      resumed: true,
    });
    expect(await assay.view.freshness()).toMatchObject({ state: 'behind' });
    await assay.view.caughtUp();
    expect(errors).toEqual([expect.objectContaining({ code: 'log-changed' })]);
    expect(listening).toHaveLength(2);
    const straight = await started({ log: after });
    await straight.view.caughtUp();
    expect((await everything(assay)).images).toEqual((await everything(straight)).images);
    await stopped(assay);
    await before.close();
  });

  it('starts from scratch over a file that is no database', async () => {
    const { writeFile } = await import('node:fs/promises');
    const path = join(folder, 'view.duckdb');
    await writeFile(path, 'this is not a database');
    const assay = await started({ path });
    await assay.publish(...wholeStory());
    expect(await assay.all('/assay/images')).toHaveLength(1);
  });

  it('shows an unreadable event, and continues after it', async () => {
    const assay = await started();
    const [record] = recordsOf([wholeStory()[0]!], assay.log.partitions);
    await assay.log.append([{ ...record!, value: '{"not":"an event"}' }]);
    await assay.publish(...wholeStory().slice(0, 2));
    const { body } = await assay.get(`/assay/images/${digestOf(1)}`);
    expect(body.parked).toMatchObject([
      { service: 'view', topic: 'image.pushed', code: 'invalid-event', message: expect.stringContaining('data') },
    ]);
    expect(body.placements[0]).toMatchObject({ status: 'undetermined', reason: 'parked' });
  });

  it('reports each unknown type of a topic once, with its first offset', async () => {
    const errors: string[] = [];
    const assay = await started({ onError: (error) => errors.push(String(error)) });
    const [record] = recordsOf([wholeStory()[0]!], assay.log.partitions);
    const garbled = { ...record!, headers: { ...record!.headers, ce_type: 'assay.image.pusht.v1' } };
    await assay.log.append([garbled, garbled]);
    await assay.publish();
    expect(errors).toEqual([
      `Error: image.pushed/${record!.partition} at 0 is skipped: 'assay.image.pusht.v1' is not a type of this topic`,
    ]);
  });

  it('retries a failed batch before it writes later ones', async () => {
    const errors: unknown[] = [];
    const assay = await started({ onError: (error) => errors.push(error) });
    await assay.view.read((query) => query('select 1'));
    const { WritingConnection } = await import('../store/writing-connection.ts');
    const failing = vi
      .spyOn(WritingConnection.prototype, 'append')
      .mockImplementationOnce(() => Promise.reject(new Error('the disk is full')));
    await assay.publish(...stories());
    expect(errors).toHaveLength(1);
    failing.mockRestore();
    const straight = await started();
    await straight.publish(
      ...stories().map((event, index) => ({ ...event, ...(event.sequence ? { sequence: `1.${index + 1}` } : {}) })),
    );
    expect((await everything(assay)).images).toEqual((await everything(straight)).images);
  });
});

describe('a log that does not answer while the view starts', () => {
  const ended = (ends: EventLog['end']): EventLog => Object.assign(new EmbeddedLog(':memory:', 4), { end: ends });
  const begun = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-view-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const before = await suite({ path: join(folder, 'view.duckdb') });
    await before.publish(planOn());
    await before.close();
    return join(folder, 'view.duckdb');
  };

  it('is waited for', async () => {
    let failures = 3;
    const log = ended(() =>
      failures > 0
        ? Promise.reject(Object.assign(new Error(`no broker ${(failures -= 1)}`), { retriable: true }))
        : Promise.resolve(1),
    );
    const view = await View.open({ path: await begun(), log });
    expect(failures).toBe(0);
    await view.close();
  });

  it('is given up when waiting cannot help', async () => {
    await expect(
      View.open({
        path: await begun(),
        log: ended(() => Promise.reject(Object.assign(new Error('not allowed'), { retriable: false }))),
      }),
    ).rejects.toThrow('not allowed');
  });
});

describe('a database that can no longer be written', () => {
  const messages = {
    fatal: 'FATAL Error: Failed to delete all rows from index.\nand so on',
    full: 'IO Error: Could not write file "view.duckdb": No space left on device',
  };
  /** A view on a file in which this many writes fail. */
  const failing = async (why: string, times: number) => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-view-'));
    const [errors, broken]: [unknown[], ReadModelBroken[]] = [[], []];
    const [path, log] = [join(folder, 'view.duckdb'), new EmbeddedLog(':memory:', 4)];
    const assay = await suite({
      path,
      log,
      onError: (error) => errors.push(error),
      onBroken: (error) => broken.push(error),
    });
    const { WritingConnection } = await import('../store/writing-connection.ts');
    const { append } = WritingConnection.prototype;
    let left = times;
    const spy = vi.spyOn(WritingConnection.prototype, 'append').mockImplementation(function (
      this: typeof WritingConnection.prototype,
      ...of
    ) {
      return (left -= 1) >= 0 ? Promise.reject(new Error(why)) : append.apply(this, of);
    });
    onTestFinished(async () => {
      spy.mockRestore();
      await assay.close();
      await rm(folder, { recursive: true, force: true });
    });
    return { assay, path, log, errors, broken, spy };
  };

  it('is reopened in the process when it gives up, and no event is lost', async () => {
    const { assay, errors, broken } = await failing(messages.fatal, 1);
    await assay.publish(...stories());
    expect(await assay.all('/assay/images')).toHaveLength(3);
    expect([errors.length, broken, assay.view.trouble]).toEqual([1, [], undefined]);
  });

  it('is reopened after repeated failed writes of any cause', async () => {
    const { assay, errors, broken } = await failing(messages.full, 5);
    const opening = vi.spyOn(DuckDBInstance, 'create');
    onTestFinished(() => {
      opening.mockRestore();
    });
    await assay.publish(...stories());
    expect(await assay.all('/assay/images')).toHaveLength(3);
    expect([errors.length, broken, opening.mock.calls.length]).toEqual([5, [], 1]);
  });

  it('is reported when reopening does not help, and the next start writes the rest', async () => {
    const { assay, path, log, broken, spy } = await failing(messages.fatal, Infinity);
    await tell(log, ...stories());
    await expect
      .poll(() => broken)
      .toMatchObject([
        {
          code: 'read-model-broken',
          message: 'the read model failed: FATAL Error: Failed to delete all rows from index.',
        },
      ]);
    expect(assay.view.trouble).toBe(
      'the read model cannot be written: FATAL Error: Failed to delete all rows from index.',
    );
    expect(await assay.view.lag()).toBeGreaterThan(0);
    await assay.view.close();
    spy.mockRestore();

    const again = await suite({ path, log });
    await again.view.caughtUp();
    expect(await again.all('/assay/images')).toHaveLength(3);
    await again.view.close();
  });

  it('is reopened for a reader that finds it broken, and the reader is answered', async () => {
    const { assay, broken } = await failing(messages.fatal, 0);
    await assay.publish(...stories());
    const { ReaderPool } = await import('../store/readers.ts');
    const reading = vi
      .spyOn(ReaderPool.prototype, 'read')
      .mockRejectedValueOnce(new Error('FATAL Error: database has been invalidated because of a previous fatal error'));
    onTestFinished(() => {
      reading.mockRestore();
    });
    expect(await assay.all('/assay/images')).toHaveLength(3);
    await assay.publish(...wholeStory({ digest: digestOf(9) }));
    expect([(await assay.all('/assay/images')).length, broken]).toEqual([4, []]);
  });
});

/** A log whose follower reports its lag, and does not catch up while it has one. */
const lagging = (lag: () => Promise<number>): EmbeddedLog => {
  const log = new EmbeddedLog(':memory:', 4);
  const { follow } = log;
  const never = new Promise<void>(() => undefined);
  log.follow = async (...of) => {
    const followed = await follow.apply(log, of);
    return {
      close: () => followed.close(),
      lag,
      caughtUp: async () => ((await lag()) > 0 ? never : followed.caughtUp()),
    };
  };
  return log;
};

it('a view writes records that waited for room, even if no more follow', async () => {
  const log = new EmbeddedLog(':memory:', 4);
  const { WritingConnection } = await import('../store/writing-connection.ts');
  // While the failed write is retried, the queue fills up; then all is written at once.
  const failing = vi.spyOn(WritingConnection.prototype, 'append').mockRejectedValueOnce(new Error('busy'));
  onTestFinished(() => failing.mockRestore());
  const errors: unknown[] = [];
  const view = await View.open({ path: ':memory:', log, onError: (error) => errors.push(error) });
  onTestFinished(async () => {
    await view.close();
    await log.close();
  });
  await tell(log, ...Array.from({ length: 8_050 }, () => registryObserved()));
  await expect.poll(() => view.received('registry.observed')[0]).toBe(8_050);
  await view.caughtUp();
  expect([await view.lag(), errors.length]).toEqual([0, 1]);
});

it('a view that receives records all the time is current', async () => {
  const log = new EmbeddedLog(':memory:', 4);
  const clock = new ManualClock();
  const view = await View.open({ path: ':memory:', log, freshMs: 1000, steadyClock: clock });
  onTestFinished(async () => {
    await view.close();
    await log.close();
  });
  const states = new Set<string>();
  const ending = new AbortController();
  const telling = (async () => {
    while (!ending.signal.aborted) {
      await tell(log, registryObserved());
      await pause(10);
    }
  })();
  await expect.poll(async () => (await view.freshness()).state).toBe('current');
  for (let turn = 0; turn < 30; turn += 1) {
    clock.advance(100);
    states.add((await view.freshness()).state);
    await view.caughtUp();
  }
  ending.abort();
  await telling;
  expect([...states]).toEqual(['current']);
});

describe('on a thread that others want', () => {
  /** A view that is this many records behind, knows it, and receives an event. */
  const viewBehind = async (behind: number) => {
    const log = lagging(() => Promise.resolve(behind));
    // Time stands still, so that the maximum wait never ends.
    const clock = new ManualClock();
    const view = await View.open({ path: ':memory:', log, freshMs: patienceMs, steadyClock: clock });
    onTestFinished(async () => {
      await view.close();
      await log.close();
    });
    clock.advance(patienceMs / 10);
    await view.freshness();
    beBusy();
    await tell(log, registryObserved());
    const ends = await Promise.all([0, 1, 2, 3].map((partition) => log.end('registry.observed', partition)));
    const isReceived = () => view.received('registry.observed').every((next, partition) => next === ends[partition]);
    return { view, ends, isReceived };
  };

  it('a few records are written at once, so that no reader gets an error', async () => {
    const { isReceived } = await viewBehind(1000);
    await expect.poll(isReceived).toBe(true);
  });

  it('many records wait for the deciders, until a caller waits for them', async () => {
    const { view, ends, isReceived } = await viewBehind(200_000);
    await pause(1500);
    expect(isReceived()).toBe(false);
    expect(await view.reached('registry.observed', ends)).toBe(true);
  });

  it('closing waits for no other work', async () => {
    const { view } = await viewBehind(200_000);
    await pause(500);
    expect(await view.close()).toBeUndefined();
  });
});

describe('readers', () => {
  let assay: ServiceUnderTest | undefined;
  afterEach(async () => {
    await assay?.close();
    assay = undefined;
  });

  it('get an error in the envelope while the view is behind', async () => {
    let lag = 7;
    const clock = new ManualClock();
    assay = await suite({ log: lagging(() => Promise.resolve(lag)), freshMs: 1_000, steadyClock: clock });
    const urls = [
      '/assay/images',
      `/subscriptions/${subscriptionId}/providers/Microsoft.Security/subAssessments?api-version=2020-01-01`,
    ];
    for (const url of urls)
      expect(await assay.get(url)).toMatchObject({
        status: 503,
        headers: { 'retry-after': '1' },
        body: { error: { code: 'ServiceUnavailable' } },
      });
    lag = 0;
    await expect.poll(async () => (await assay!.get('/assay/images')).status).toBe(200);
    lag = 3;
    expect((await assay.get('/assay/images')).status).toBe(200);
    clock.advance(1_300);
    expect((await assay.get('/assay/images')).status).toBe(503);
  });

  it('get the age of the data while the log cannot be reached', async () => {
    let isCut = false;
    assay = await suite({ log: lagging(() => (isCut ? Promise.reject(new Error('no broker')) : Promise.resolve(0))) });
    expect((await assay.get('/assay/images')).headers).not.toHaveProperty('x-assay-as-of');
    isCut = true;
    await expect
      .poll(async () => {
        const { status, headers } = await assay!.get('/assay/images');
        return [status, String(headers['x-assay-as-of'])];
      })
      .toEqual([200, expect.stringMatching(/^\d{4}-/)]);
  });

  it('name files by the moment of their data', async () => {
    let isCut = false;
    assay = await suite({ log: lagging(() => (isCut ? Promise.reject(new Error('no broker')) : Promise.resolve(0))) });
    assay.clock.now = Date.parse('2026-11-24T09:15:03.600Z');
    const file = async (): Promise<[string, string | undefined]> => {
      const { headers } = await assay!.app.inject({ url: '/assay/images?format=csv' });
      return [String(headers['content-disposition']), headers['x-assay-as-of'] as string | undefined];
    };
    expect(await file()).toEqual(['attachment; filename="assay-images-20261124T091503Z.csv"', undefined]);
    isCut = true;
    await expect.poll(async () => (await file())[1]).toBeDefined();
    const [name, asOf] = await file();
    expect(name).toBe(`attachment; filename="assay-images-${asOf!.slice(0, 19).replaceAll(/[-:]/g, '')}Z.csv"`);
  });

  it('of a next page wait until this replica has read as far as the previous page', async () => {
    const ahead = await suite({ arm: { pageSize: 1 } });
    const [behind, late] = [
      await suite({ arm: { pageSize: 1 }, freshMs: 500 }),
      await suite({ arm: { pageSize: 1 }, freshMs: patienceMs }),
    ];
    const events = [registryObserved(), planOn(), ...wholeStory(), ...wholeStory({ digest: digestOf(2) })];
    await ahead.publish(...events);
    for (const one of [behind, late]) await one.publish(...events.slice(0, -9));
    const first = (
      await ahead.get(
        `/subscriptions/${subscriptionId}/providers/Microsoft.Security/subAssessments?api-version=2020-01-01`,
      )
    ).body;
    const next = first.nextLink.replace(/^http:\/\/[^/]+/, '');
    expect((await behind.get(next)).status).toBe(503);
    const [answer] = await Promise.all([late.get(next), late.publish(...events.slice(-9))]);
    expect(answer.body).toEqual((await ahead.get(next)).body);
    await Promise.all([ahead.close(), behind.close(), late.close()]);
  });
});

describe('a clock', () => {
  it("is the machine's where none is given", async () => {
    const log = new EmbeddedLog(':memory:', 4);
    const view = await View.open({ path: ':memory:', log });
    const [before, now] = [Date.now(), view.now()];
    expect(now >= before && now <= Date.now()).toBe(true);
    expect(view.now()).not.toBe(soon);
    await view.close();
    await log.close();
  });
});
