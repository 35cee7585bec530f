import { Map as ImmutableMap } from 'immutable';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isConfigTopic, isDigest, typeOf, type AnyEvent } from '@assay/events';
import { silent } from '@assay/event-sourcing';
import { recordOf, type NewRecord } from '@assay/messaging';
import { RegistryError, RegistryPauses } from '@assay/registry';
import { collectMetrics, ManualClock } from '@assay/testing';
import { started, untraced } from '../../test/service.ts';
import { notice, observedExample, registryId } from '../../test/fixtures.ts';
import { decider } from '../domain/decider.ts';
import { noConfig } from '../domain/folds.ts';
import type { Config } from '../domain/state.ts';
import { appendSweepOutcome } from './held.ts';
import type { Sweepable } from './sweep.ts';
import { Sweeper } from './sweeper.ts';

/** A sweeper of several registries; the listing of each waits until the test releases it. */
const setting = async (registries: number, sliceMs?: number) => {
  const { log, store, service } = await started([]);
  const names = Array.from({ length: registries }, (_, nth) => `r${nth}.registry.test`);
  const observed = names.map((loginServer, nth) => ({
    ...observedExample,
    registryId: `${registryId}${nth}`,
    loginServer,
  }));
  const value: Config = {
    byId: ImmutableMap(observed.map((each) => [each.registryId.toLowerCase(), each])),
    byLoginServer: ImmutableMap(observed.map((each) => [each.loginServer, each])),
    subscriptions: {},
    held: {},
    sweeps: {},
  };
  const [begun, failed, waiting] = [[] as string[], [] as string[], new Map<string, (error?: Error) => void>()];
  const connect = ({ loginServer }: { loginServer: string }, signal: AbortSignal): Sweepable => ({
    repositories: async function* () {
      begun.push(loginServer);
      await new Promise<void>((resolve, reject) => {
        waiting.set(loginServer, (error) => (error ? reject(error) : resolve()));
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
      // An endless listing, each page of which takes the whole time of a sweep.
      for (let nth = 0; sliceMs !== undefined && names.indexOf(loginServer) < 4; nth += 1) {
        clock.advance(sliceMs);
        yield `page/${nth}`;
      }
    },
    tags: async function* () {
      yield* [];
    },
    head: () => Promise.reject(new Error('asked')),
    close: async () => undefined,
  });
  const clock = new ManualClock();
  const pauses = new RegistryPauses(() => clock.now());
  const sweeper = new Sweeper({
    log,
    store,
    tracer: untraced,
    config: { value, watch: () => () => undefined } as never,
    access: (loginServer) => ({ loginServer, plainHttp: true, allowAddresses: [] }),
    connect,
    owned: () => Array.from({ length: log.partitions }, (_, n) => n),
    intervalMs: 900_000,
    sliceMs,
    deletesPercent: 20,
    clock,
    pauses,
    observer: {
      ...silent,
      failed: (_app, operation, error) => {
        failed.push(`${operation}: ${(error as Error).message}`);
      },
    },
  });
  onTestFinished(() => sweeper.close());
  return {
    sweeper,
    names,
    begun,
    failed,
    log,
    service,
    clock,
    pauses,
    letGo: (name: string, error?: Error) => waiting.get(name)?.(error),
  };
};

it('sweeps a few registries at once, so that a slow one does not hold up the others', async () => {
  const { sweeper, names, begun, letGo } = await setting(7);
  const swept = sweeper.sweep();
  await expect.poll(() => begun).toEqual(names.slice(0, 4));
  for (const name of names.slice(1)) {
    await expect.poll(() => begun).toContain(name);
    letGo(name);
  }
  await expect.poll(() => begun).toEqual(names);
  letGo(names[0]!);
  await swept;
});

it('sweeps no registry twice at once, and merges repeated requests', async () => {
  const { sweeper, names, begun, letGo } = await setting(2);
  const first = sweeper.sweep();
  await expect.poll(() => begun).toEqual(names);
  for (let times = 0; times < 3; times += 1) void sweeper.sweep(names[0]);
  letGo(names[0]!);
  await expect.poll(() => begun).toEqual([...names, names[0]]);
  letGo(names[0]!);
  letGo(names[1]!);
  await first;
  await sweeper.sweep('unknown.registry.test');
  expect(begun).toEqual([...names, names[0]]);
});

it('close ends a running sweep and starts no other', async () => {
  const { sweeper, names, begun, failed } = await setting(1);
  void sweeper.sweep();
  await expect.poll(() => begun).toEqual(names);
  await sweeper.close();
  await sweeper.sweep();
  expect([begun, failed]).toEqual([names, []]);
});

it('pauses for as long as a registry asks, whether an inspection or a sweep was refused', async () => {
  const { sweeper, names, begun, letGo, clock, pauses } = await setting(2);
  const busy = new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 20_000 });
  pauses.failed(names[0]!, 'an image', busy);
  const swept = sweeper.sweep();
  await expect.poll(() => begun).toEqual([names[1]]);
  letGo(names[1]!, busy);
  await swept;
  expect(pauses.pauseMs(names[1]!)).toBe(20_000);
  clock.advance(19_000);
  await sweeper.sweep();
  expect(begun).toEqual([names[1]]);
  clock.advance(1_000);
  await expect.poll(() => begun.toSorted()).toEqual([names[0], names[1], names[1]]);
  for (const name of names) letGo(name);
});

/** A sweeper of one registry with known images, which a test can delete or make unreachable. */
const sweeping = async (images: number, intervalMs = 900_000) => {
  const { log, store } = await started([]);
  const clock = new ManualClock();
  const { loginServer } = observedExample;
  const observed = { topic: 'registry.observed', data: observedExample } as AnyEvent;
  let value: Config = decider.evolveConfig(noConfig, observed, 0);
  const appended: NewRecord[] = [];
  const append = log.append.bind(log);
  // Appended records are consumed at once.
  log.append = async (records) => {
    const offsets = await append(records);
    appended.push(...records);
    for (const [at, { topic, headers, value: data }] of records.entries()) {
      if (!isConfigTopic(topic)) continue;
      const event = { topic, id: headers.ce_id, time: headers.ce_time, data: JSON.parse(data) as object } as AnyEvent;
      value = decider.evolveConfig(value, event, offsets[at] ?? 0);
    }
    return offsets;
  };
  const digests = Array.from({ length: images }, (_, nth) => `sha256:${nth.toString(16).padStart(64, '0')}`);
  const repositoryOf = (digest: string): string => `app/${digest.slice(-2)}`;
  await log.append(
    digests.map((digest) =>
      recordOf(notice({ digest, loginServer, repository: repositoryOf(digest) }, { id: digest }), log.partitions),
    ),
  );
  await expect
    .poll(async () => {
      const pages = Array.from({ length: log.partitions }, (_, partition) => store.scan(partition, undefined, 100));
      return (await Promise.all(pages)).flat().length;
    })
    .toBe(images);
  appended.length = 0;
  const state = { gone: 0, away: undefined as Error | undefined, refuses: '', endless: false };
  const begun: (string | undefined)[] = [];
  const failures: { code?: unknown; message: string; remedy?: unknown }[] = [];
  const sweeper = new Sweeper({
    log,
    store,
    tracer: untraced,
    config: {
      get value() {
        return value;
      },
      watch: () => () => undefined,
    } as never,
    access: () => ({ loginServer, plainHttp: true, allowAddresses: [] }),
    pauses: new RegistryPauses(() => clock.now()),
    connect: () => ({
      repositories: async function* (_signal, after) {
        begun.push(after);
        if (state.away) throw state.away;
        if (after === undefined) yield* digests.map(repositoryOf);
        // Each page takes a minute.
        for (let nth = Number(after?.slice(1) ?? 0) + 1; state.endless; nth += 1) {
          clock.advance(60_000);
          yield `r${nth}`;
        }
      },
      tags: async function* (repository) {
        if (digests.findIndex((digest) => repositoryOf(digest) === repository) >= state.gone) yield 'v1';
      },
      head: async (repository, reference) => {
        const digest = digests.find((each) => repositoryOf(each) === repository) ?? reference;
        if (repository === state.refuses) throw new RegistryError('unreachable', 'the registry answered 500');
        if (digests.indexOf(digest) < state.gone) throw new RegistryError('gone', 'the registry answered 404');
        return digest;
      },
      close: async () => undefined,
    }),
    owned: () => Array.from({ length: log.partitions }, (_, n) => n),
    intervalMs,
    sliceMs: 120_000,
    deletesPercent: 20,
    clock,
    observer: {
      ...silent,
      failed: (_app, _what, error) => {
        failures.push(error as Error);
      },
    },
  });
  onTestFinished(() => sweeper.close());
  const sweep = async (change: Partial<typeof state> = {}): Promise<void> => {
    Object.assign(state, change);
    clock.advance(900_000);
    await sweeper.sweep();
  };
  const order = (gone: number) =>
    appendSweepOutcome(
      log,
      observedExample,
      { outcome: 'ordered', by: 'ana', why: 'emptied', gone, known: images },
      { id: 'the order', now: clock.now() },
    );
  /** The outcomes of the sweep, with the number of images. */
  const audit = () =>
    appended
      .filter(({ topic }) => topic === 'operator.acted')
      .map(({ value: data }) => {
        const { outcome, details } = JSON.parse(data) as { outcome: string; details: { gone?: number } };
        return [outcome, details.gone].filter((part) => part !== undefined).join(' ');
      });
  const deletions = () => appended.filter(({ topic, key }) => topic === 'notification.received' && isDigest(key));
  return {
    sweeper,
    log,
    clock,
    sweep,
    order,
    audit,
    deletions,
    failures,
    config: () => value,
    loginServer,
    appended,
    begun,
  };
};

describe('a held sweep', () => {
  it('is reported by each sweep with a remedy, and published again if the number changes', async () => {
    const { sweep, audit, failures, loginServer, deletions } = await sweeping(8);
    for (let times = 0; times < 3; times += 1) await sweep({ gone: 7 });
    expect(audit()).toEqual(['reached', 'held 7']);
    expect(failures).toHaveLength(3);
    expect(failures[2]).toMatchObject({
      code: 'sweep-held',
      message: expect.stringContaining('7 of the 8 known images'),
      remedy: expect.stringMatching(`assay sweep confirm ${loginServer} --why.*ASSAY_SWEEP_DELETES_PERCENT`),
    });
    await sweep({ gone: 8 });
    expect(audit()).toEqual(['reached', 'held 7', 'held 8']);
    await sweep({ gone: 0 });
    expect([audit().at(-1), deletions(), failures.length]).toEqual(['released', [], 4]);
  });

  it('is held again if more images are gone than when it was ordered', async () => {
    const { sweep, order, audit, deletions } = await sweeping(8);
    await sweep({ gone: 7 });
    await order(7);
    await sweep({ gone: 8 });
    expect([audit(), deletions()]).toEqual([['reached', 'held 7', 'ordered 7', 'held 8'], []]);
    await order(8);
    await sweep();
    expect([audit().slice(-2), deletions().length]).toEqual([['ordered 8', 'swept 8'], 8]);
  });

  it('publishes each deletion and its completion as caused by the order', async () => {
    const { sweep, order, appended } = await sweeping(3);
    await sweep({ gone: 3 });
    await order(3);
    await sweep();
    expect(
      appended.slice(-4).map(({ topic, headers }) => [topic, headers.ce_causationid, headers.ce_correlationid]),
    ).toEqual([
      ...Array.from({ length: 3 }, () => ['notification.received', 'the order', 'the order']),
      ['operator.acted', 'the order', 'the order'],
    ]);
  });

  it('is not released by a sweep that could not read everything', async () => {
    const { sweep, audit, config } = await sweeping(2);
    await sweep({ gone: 2 });
    await sweep({ gone: 0, refuses: 'app/00' });
    expect(audit()).toEqual(['reached', 'held 2', 'failed']);
    await sweep({ gone: 0, refuses: '' });
    expect(audit()).toEqual(['reached', 'held 2', 'failed', 'reached', 'released']);
    expect(Object.values(config().sweeps)).toMatchObject([{ outcome: 'released' }]);
  });
});

it('publishes that a registry cannot be swept once for each reason, and that it can again', async () => {
  const { sweep, audit, config, failures } = await sweeping(1);
  const away = new RegistryError('unreachable', 'the connection failed (ENOTFOUND)');
  const last = () => Object.values(config().sweeps)[0];
  await sweep({ away });
  const first = last()!;
  expect(first).toMatchObject({ outcome: 'failed', why: 'unreachable: the connection failed (ENOTFOUND)' });
  await sweep();
  await sweep({ away: new RegistryError('gone', 'the registry answered 404') });
  expect([audit(), last(), failures.length]).toEqual([
    ['failed', 'failed'],
    { ...first, why: 'gone: the registry answered 404' },
    3,
  ]);
  await sweep({ away: undefined });
  await sweep();
  expect([audit(), last()!.outcome]).toEqual([['failed', 'failed', 'reached'], 'reached']);
  // An error of our own is not reported as one of the registry.
  await sweep({ away: new Error('ours') });
  expect([last()!.outcome, failures.at(-1)!.message]).toEqual(['reached', 'ours']);
});

it('ends an endless listing in its time, goes on there, publishes it once, and begins again at the end', async () => {
  const { sweep, audit, config, begun, failures } = await sweeping(1);
  for (let times = 0; times < 3; times += 1) await sweep({ endless: true });
  const why = 'its time was over at r2; the next sweep goes on there';
  expect(Object.values(config().sweeps)).toMatchObject([{ outcome: 'cut', why, position: { repository: 'r2' } }]);
  await sweep({ endless: false });
  await sweep();
  expect([begun, audit(), failures]).toEqual([[undefined, 'r2', 'r4', 'r6', undefined], ['cut', 'reached'], []]);
  expect(Object.values(config().sweeps)[0]).not.toHaveProperty('position');
});

it('goes on after a restart where the log has the first cut, and from the beginning after a failure', async () => {
  const { log, sweep, begun, loginServer } = await sweeping(1);
  const registry = { registryId, loginServer };
  const position = { repository: 'r5' };
  await appendSweepOutcome(log, registry, { outcome: 'cut', by: 'ingestion', why: 'time', position }, { now: 0 });
  await sweep({ endless: true });
  await sweep({ away: new RegistryError('unreachable', 'away') });
  await sweep({ away: undefined });
  expect(begun).toEqual(['r5', 'r7', undefined]);
});

it('four endless listings hold up no other registry beyond their time', async () => {
  const { sweeper, names, begun, letGo } = await setting(7, 120_000);
  const swept = sweeper.sweep();
  await expect.poll(() => begun).toEqual(names.slice(0, 4));
  for (const name of names.slice(0, 4)) letGo(name);
  await expect.poll(() => begun).toEqual(names);
  for (const name of names.slice(4)) letGo(name);
  await swept;
});

it('reports that ingestion waits for its upgrade, finds nothing new, and does not retry at once', async () => {
  const { sweeper, names, begun, failed, letGo, log, service, clock } = await setting(1);
  const headers = { ce_id: 'newer', ce_type: typeOf('notification.received', 77), ce_subject: 'x' };
  await log.append([{ topic: 'notification.received', partition: 2, key: 'x', headers, value: '{}' }]);
  await expect.poll(() => service.waits!()).toHaveLength(1);
  const swept = sweeper.sweep();
  await expect.poll(() => begun).toEqual(names);
  letGo(names[0]!);
  await swept;
  clock.advance(60_000);
  expect(begun).toEqual(names);
  expect(failed).toEqual([expect.stringContaining('sweeping r0.registry.test: ingestion has not consumed all events')]);
});

describe('the metrics of sweeps', () => {
  const measured = async (images: number) => {
    const metrics = collectMetrics();
    onTestFinished(() => metrics.close());
    // Only the test sweeps.
    const swept = await sweeping(images, Number.MAX_SAFE_INTEGER);
    swept.sweeper.start();
    const valueOf = async (name: string) =>
      (await metrics.of(`assay.${name}`)).map(({ labels: { registry, ...labels }, value }) => {
        expect(registry).toBe(swept.loginServer);
        return { ...labels, value };
      });
    return { ...swept, valueOf };
  };

  it('have the age of the last whole one, and failures by code', async () => {
    const { sweep, valueOf, clock } = await measured(1);
    await sweep();
    clock.advance(60_000);
    expect(await valueOf('sweep.age')).toEqual([{ value: 60 }]);
    await sweep({ away: new RegistryError('unauthorized', 'the registry answered 401') });
    await sweep({ away: undefined, refuses: 'app/00', gone: 1 });
    await sweep({ refuses: '', gone: 0, away: new Error('ours') });
    expect(await valueOf('sweep.age')).toEqual([{ value: 60 + 3 * 900 }]);
    expect(await valueOf('sweep.failures')).toEqual([
      { code: 'unauthorized', value: 1 },
      { code: 'sweep-incomplete', value: 1 },
      { code: 'internal', value: 1 },
    ]);
    await sweep({ away: undefined });
    expect(await valueOf('sweep.age')).toEqual([{ value: 0 }]);
  });

  it('have what was found from zero on, and what is held', async () => {
    const { sweep, valueOf } = await measured(8);
    expect([await valueOf('sweep.found'), await valueOf('sweep.held')]).toEqual([[{ value: 0 }], [{ value: 0 }]]);
    await sweep({ gone: 1 });
    expect(await valueOf('sweep.found')).toEqual([{ value: 1 }]);
    await sweep({ gone: 8 });
    expect(await valueOf('sweep.held')).toEqual([{ value: expect.any(Number) }]);
    expect((await valueOf('sweep.held'))[0]!.value).toBeGreaterThan(6);
  });
});
