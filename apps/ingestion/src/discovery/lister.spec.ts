import { expect, it, onTestFinished, vi } from 'vitest';
import type { AnyEvent, EventFor } from '@assay/events';
import { EmbeddedLog, recordOf, type EventLog } from '@assay/messaging';
import { Discoveries, RegistryError, type ListedRegistry, type ListedSubscription } from '@assay/registry';
import { eventOf } from '@assay/testing';
import { observedExample } from '../../test/fixtures.ts';
import { evolveConfig, noConfig } from '../domain/folds.ts';
import type { Config } from '../domain/state.ts';
import { Lister } from './lister.ts';
import { Webhooks } from './webhooks.ts';

const subscriptionId = '00000000-0000-0000-0000-000000000001';
const registries = (count: number, tags: Record<string, string> = {}): ListedRegistry[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/r${at}`,
    loginServer: `r${at}.azurecr.io`,
    location: 'westeurope',
    sku: 'Basic',
    tags,
  }));

/** A lister over a cloud that has what the test gives, with the config that its own events make. */
const setting = (
  cloud: {
    registries: Iterable<ListedRegistry> | AsyncIterable<ListedRegistry>;
    subscriptions?: ListedSubscription[];
    of?: (subscriptionId: string) => ListedRegistry[];
  },
  { owned = [0], subscriptions = [subscriptionId] }: { owned?: number[]; subscriptions?: string[] | 'all' } = {},
) => {
  const events: { topic: string; data: Record<string, unknown> }[] = [];
  const ports = {
    value: noConfig as Config,
    asked: 0,
    owned,
    whileKept: () => Promise.resolve(),
    signal: undefined as AbortSignal | undefined,
  };
  const log = new EmbeddedLog(':memory:', 1);
  onTestFinished(() => log.close());
  const append: EventLog['append'] = (records) => {
    for (const { topic, value, headers } of records) {
      const event = { topic, id: headers.ce_id, time: headers.ce_time, data: JSON.parse(value) } as unknown as AnyEvent;
      events.push(event as never);
      ports.value = evolveConfig(ports.value, event as EventFor<'ingestion', 'config'>);
    }
    return log.append(records);
  };
  async function* each<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item> {
    yield* items;
  }
  const lister = new Lister({
    log: { partitions: 1, append } as EventLog,
    config: {
      get value() {
        return ports.value;
      },
      until: (holds: (value: Config) => boolean) => Promise.resolve(holds(ports.value)),
    } as never,
    discoveries: new Discoveries(JSON.stringify([{ name: 'prod', subscriptions, auth: { kind: 'managed-identity' } }])),
    webhooks: Object.assign(new Webhooks(), {
      keep: async () => {
        await ports.whileKept();
        return { isWhole: true, webhooks: 0, withoutWebhook: [], retryAfterMs: 0 };
      },
    }),
    configured: [],
    connect: () => {
      ports.asked += 1;
      return {
        subscriptions: () => each(cloud.subscriptions ?? [{ subscriptionId, displayName: 'Shop', state: 'Enabled' }]),
        registries: (id, signal) => {
          ports.signal = signal;
          return each(cloud.of?.(id) ?? cloud.registries);
        },
        isGone: () => Promise.resolve(true),
        webhooks: () => Promise.resolve([]),
        callbackOf: () => Promise.reject(new Error('none')),
        writeWebhook: () => Promise.resolve(),
        close: () => Promise.resolve(),
      };
    },
    owned: () => ports.owned,
    opened: () => undefined,
    observer: { failed: () => undefined },
    deletesPercent: 20,
    // Each look at the clock is an hour later, so that every tick lists.
    clock: { now: () => (now += 3_600_000) } as never,
  });
  let now = 0;
  const observed = () => events.flatMap(({ topic, data }) => (topic === 'registry.observed' ? [data] : []));
  const appended = (topic: string, key: string, data: object) =>
    append([recordOf(eventOf(topic as 'operator.acted', key, data), 1)]);
  return { lister, ports, appended, observed, events, cloud, now: () => now };
};

it('one instance lists: another one asks nothing, and one that is no owner any more publishes nothing', async () => {
  const other = setting({ registries: registries(1) }, { owned: [1] });
  await other.lister.tick();
  expect(other.ports.asked).toBe(0);
  const former = setting({ registries: registries(1) });
  former.cloud.subscriptions = [{ subscriptionId, displayName: 'Shop', state: 'Enabled' }];
  Object.defineProperty(former.cloud, 'registries', {
    get: () => {
      former.ports.owned = [];
      return registries(1);
    },
  });
  await former.lister.tick();
  expect([former.ports.asked, former.events]).toEqual([1, []]);
});

it('publishes nothing of what did not change', async () => {
  const { lister, events, cloud } = setting({ registries: registries(2, { b: '1', a: '2' }) });
  await lister.tick();
  const before = events.length;
  cloud.registries = registries(2, { a: '2', b: '1' }).toReversed();
  await lister.tick();
  expect(events).toHaveLength(before);
});

it('after an answer that asks for a pause, nothing is asked before it is over', async () => {
  const other = subscriptionId.replace(/1$/, '2');
  const { lister, ports, cloud, now } = setting({ registries: [] }, { subscriptions: [subscriptionId, other] });
  cloud.subscriptions = [subscriptionId, other].map((id) => ({
    subscriptionId: id,
    displayName: '',
    state: 'Enabled',
  }));
  const asked: number[] = [];
  Object.defineProperty(cloud, 'registries', {
    get: () => {
      asked.push(now());
      throw new RegistryError('rate-limited', 'it answered 429', { retryAfterMs: 24 * 3_600_000 });
    },
  });
  for (let turn = 0; turn < 3; turn += 1) await lister.tick();
  expect(asked).toHaveLength(1);
  expect(Object.values(ports.value.sweeps).map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
});

it('an order that comes during a listing is followed by the next one', async () => {
  const { lister, ports, appended, observed, cloud } = setting({ registries: registries(8) });
  await lister.tick();
  cloud.registries = registries(1);
  for (let turn = 0; turn < 2; turn += 1) await lister.tick();
  const [target] = Object.keys(ports.value.held);
  const removed = () => observed().filter((each) => each.removed).length;
  ports.whileKept = () => {
    ports.whileKept = () => Promise.resolve();
    const order = { command: 'sweep', target: `sweep/${target}`, outcome: 'ordered', by: 'ana', why: 'it ended' };
    return appended('operator.acted', `sweep/${target}`, { ...order, details: { gone: 7, known: 8 } }).then();
  };
  await lister.tick();
  expect([removed(), ports.value.held[target!]?.order?.by]).toEqual([0, 'ana']);
  await lister.tick();
  expect([removed(), ports.value.held]).toEqual([7, {}]);
});

it('a subscription that fails comes last the next time', async () => {
  const ids = ['1', '2', '3'].map((end) => subscriptionId.replace(/1$/, end));
  const asked: string[] = [];
  const { lister, cloud } = setting({ registries: [] }, { subscriptions: ids });
  cloud.subscriptions = ids.map((id) => ({ subscriptionId: id, displayName: '', state: 'Enabled' }));
  cloud.of = (id) => {
    asked.push(id.slice(-1));
    if (id === ids[0]) throw new RegistryError('timeout', 'it took too long');
    return [];
  };
  for (let turn = 0; turn < 2; turn += 1) await lister.tick();
  expect(asked.join(' ')).toBe('1 2 3 2 3 1');
});

it('a registry that was declared goes if no discovery sees its subscription', async () => {
  const { lister, appended, observed } = setting({ registries: [] }, { subscriptions: 'all' });
  const other = subscriptionId.replace(/1$/, '2');
  const [registry] = registries(1);
  const declared = (of: string) => ({
    ...observedExample,
    registryId: registry!.id.replace(subscriptionId, of),
    loginServer: `${of.slice(-1)}.azurecr.io`,
    subscriptionId: of,
  });
  for (const of of [subscriptionId, other]) await appended('registry.observed', of, declared(of));
  await lister.tick();
  expect(observed().slice(2)).toMatchObject([{ subscriptionId: other, removed: true }]);
});

it('bounds are named when they are met, and remove nothing: registries, subscriptions, tags', async () => {
  const offered = registries(1);
  Reflect.deleteProperty(offered[0]!, 'tags');
  const { lister, observed, ports, cloud } = setting({ registries: offered });
  await lister.tick();
  expect(observed()).toEqual([expect.objectContaining({ tags: {}, why: expect.stringMatching(/4096/) as string })]);
  const failure = () => Object.values(ports.value.sweeps)[0];
  cloud.registries = registries(5001);
  await lister.tick();
  expect(failure()).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/5000 registries/) as string });
  expect(observed()).toHaveLength(1);
  const subscriptions = Array.from({ length: 501 }, (_, at) => ({
    subscriptionId: at === 500 ? subscriptionId : String(at),
    displayName: '',
    state: 'Enabled',
  }));
  const all = setting({ registries: registries(1), subscriptions }, { subscriptions: 'all' });
  await all.lister.tick();
  expect(all.ports.value.sweeps).toMatchObject({
    'discovery/prod/all': expect.objectContaining({
      why: expect.stringMatching(/500 subscriptions/) as string,
    }) as object,
  });
  const named = setting({ registries: registries(1), subscriptions });
  await named.lister.tick();
  expect(named.observed()).toHaveLength(1);
});

it('of a million registries it takes no more than the bound, and removes nothing', async () => {
  const { lister, observed, ports, cloud } = setting({ registries: registries(1) });
  await lister.tick();
  let offered = 0;
  const [other] = registries(1);
  cloud.registries = {
    *[Symbol.iterator]() {
      for (offered = 0; offered < 1_000_000;) yield { ...other!, id: other!.id.replace('r0', `x${(offered += 1)}`) };
    },
  };
  for (let turn = 0; turn < 3; turn += 1) await lister.tick();
  expect(offered).toBe(5001);
  expect(observed()).toHaveLength(1);
  expect(Object.values(ports.value.sweeps)).toMatchObject([{ outcome: 'failed' }]);
});

it('a listing that never ends fails after ten minutes, and removes nothing', async () => {
  const { lister, observed, ports, cloud } = setting({ registries: registries(1) });
  await lister.tick();
  const began = Promise.withResolvers<void>();
  cloud.registries = (async function* () {
    yield* [];
    began.resolve();
    await new Promise((_, reject) => {
      ports.signal!.addEventListener('abort', () => reject(ports.signal!.reason as Error));
    });
  })();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const listed = lister.tick();
  await began.promise;
  vi.advanceTimersByTime(10 * 60_000 - 1);
  expect(ports.signal!.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  await listed;
  const why = expect.stringMatching(/^timeout: /) as string;
  expect(Object.values(ports.value.sweeps)).toMatchObject([{ outcome: 'failed', why }]);
  expect(observed()).toHaveLength(1);
});
