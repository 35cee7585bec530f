import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { SecurityCenter, type SecurityCenterOptionalParams } from '@azure/arm-security';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { kafkaSettings, openKafkaLog, type EventLog } from '@assay/messaging';
import { patienceMs } from '@assay/testing';
import { production, staging, startedCloud } from '../../apps/ingestion/test/cloud.ts';
import { respond } from '../../libs/registry/test/fake-acr.ts';
import { ociManifest } from '../../libs/registry/test/fake-registry.ts';
import { heldRegistry } from '../../libs/registry/test/fake-arm.ts';
import { startDistribution, startKafka, startRedis, type RunningServer } from '../../tools/services/index.ts';
import { DistributedSuite } from '../distributed/suite.ts';
import { readAll } from '../torment/checker/reading.ts';
import { unhurried } from '../unhurried.ts';
import { variant } from '../variant.ts';
import { temporaryFolder } from './distributed.ts';
import { home, images, scannerIsHere, TestSuite } from './suite.ts';

const [third, abroad] = ['3', '4'].map((hex) => production.replaceAll('1', hex)) as [string, string];
const subscriptions = [production, staging, third];
/** Registries of a subscription. */
const each = 40;
/** The first registries of a subscription have an image of their own, the others have one in common. */
const kinds = 16;
const partitions = 6;
const webhookKey = 'a key of more than thirty-two characters';
/** The number of the one that is added. */
const added = 3 * each;

const nameOf = (number: number): string => `r${number}`;
const subscriptionOf = (number: number): string => subscriptions[Math.floor(number / each)] ?? production;
const kindOf = (number: number): number => (number === added ? kinds : Math.min(number % each, kinds - 1));

beforeAll(scannerIsHere);

const stopped = <Server extends RunningServer>(server: Server): Server => {
  onTestFinished(() => server.stop());
  return server;
};

/** 120 registries in three subscriptions, with one small image each, and one in another cloud. */
const startedWorld = async () => {
  const cloud = await startedCloud(Array.from({ length: added + 1 }, (_, number) => nameOf(number)));
  const { arm, acr, nation, discovery, national, written, subscription } = cloud;
  const folder = await temporaryFolder();
  const registry = stopped(await startDistribution({ folder: join(folder, 'registry') }));
  delete acr.repositories['team/hello'];
  acr.behind = registry.url;
  acr.shows = (host, repository) => repository === `app-${kindOf(Number(/\d+/.exec(host)?.[0]))}`;
  arm.pageSize = 15;
  const target = { registry: new URL(registry.url).host, tag: 'v1', plainHttp: true };
  const digests: string[] = [];
  for (let kind = 0; kind <= kinds; kind += 1) {
    const layout = variant(join(images, 'alpine-3.20.3'), join(folder, `image-${kind}`), kind);
    const { digest } = await pushLayout(layout, { ...target, repository: `app-${kind}` });
    digests.push(digest);
    acr.repositories[`app-${kind}`] = [{ digest, tags: ['v1'] }];
  }
  for (const [at, id] of subscriptions.entries())
    subscription(id, `Subscription ${at}`, ...Array.from({ length: each }, (_, number) => nameOf(at * each + number)));
  nation.subscriptions[abroad] = {
    displayName: 'Abroad',
    state: 'Enabled',
    registries: [heldRegistry(abroad, 'n', { suffix: '.nation.test' })],
  };
  await written(discovery, national);
  const held = (number: number) =>
    arm.subscriptions[subscriptionOf(number)]!.registries.find(({ id }) => id.endsWith(`/${nameOf(number)}`))!;
  return { ...cloud, folder, digests, held };
};
type World = Awaited<ReturnType<typeof startedWorld>>;

interface Place {
  readonly url: string;
  readonly token: string;
  readonly log: EventLog;
  /** Has another instance list from now on, where there is one. */
  readonly handOver: () => Promise<void>;
}

const embedded = async ({ env }: World): Promise<Place> => {
  const { suite } = await TestSuite.start({
    env: { ...env, ASSAY_REGISTRIES: '', ASSAY_WEBHOOK_KEY: webhookKey },
    registries: [],
  });
  return { ...suite.endpoint, log: suite.log, handOver: () => Promise.resolve() };
};

/** Two ingestions, each with a proxy of its own, by which it is known who lists. */
const distributed = async ({ env, proxy, otherProxy, folder }: World): Promise<Place> => {
  const kafka = stopped(await startKafka({ folder: join(folder, 'kafka') }));
  const redis = stopped(await startRedis({ folder: join(folder, 'redis') }));
  const proxies = [proxy, await otherProxy()] as const;
  const suite = await DistributedSuite.start({
    folder: join(folder, 'suite'),
    registries: [],
    env: {
      ...process.env,
      ...unhurried,
      ...env,
      // The library of Azure reads this, too, and Entra is here.
      NO_PROXY: '127.0.0.1',
      ASSAY_WEBHOOK_KEY: webhookKey,
      ASSAY_HOME: home,
      ASSAY_KAFKA_BROKERS: kafka.url,
      ASSAY_REDIS_URL: redis.url,
      ASSAY_PARTITIONS: String(partitions),
    },
    envOf: (service, replica) =>
      service === 'ingestion' ? { HTTPS_PROXY: `http://${proxies[replica - 1]!.host}` } : {},
  });
  onTestFinished(() => suite.close());
  await (await suite.add('ingestion')).ready();
  const log = await openKafkaLog(kafkaSettings({ ASSAY_KAFKA_BROKERS: kafka.url, ASSAY_KAFKA_REPLICATION: '1' }), {
    partitions,
    clientId: 'test',
  });
  onTestFinished(() => log.close());
  const listers = () => suite.of('ingestion').filter((_, at) => proxies[at]!.asked.includes('arm.cloud.test:443'));
  for (const each of proxies) each.asked.length = 0;
  return {
    ...suite.endpoint,
    log,
    handOver: async () => {
      const [lister, ...others] = listers();
      expect(others, 'only one lists').toEqual([]);
      await lister!.stop('SIGTERM', patienceMs);
    },
  };
};

it.each([
  ['in one process', embedded],
  ['on Kafka, with two ingestions of which one lists', distributed],
])('finds, assesses and charges 120 registries of three subscriptions, %s', async (_, start) => {
  const world = await startedWorld();
  const { arm, nation, acr, proxy, digests, held } = world;
  const { url, token, log, handOver } = await start(world);
  const get = async (path: string): Promise<any> =>
    (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).json();

  /** The status of the image of each registry, as it is shown. */
  const shown = async (): Promise<Record<string, string>> => {
    const answers = await Promise.all(digests.map((digest) => get(`/assay/images/${digest}`)));
    return Object.fromEntries(
      answers
        .flatMap(({ placements = [] }) => placements as { loginServer: string; status: string; reason?: string }[])
        .map(({ loginServer, status, reason }) => [
          loginServer.split('.')[0],
          reason ?? (/^(un)?healthy$/.test(status) ? 'assessed' : status),
        ]),
    );
  };
  const expected: Record<string, string> = Object.fromEntries(
    Array.from({ length: added }, (__, number) => [nameOf(number), 'plan-disabled']),
  );
  const becomes = async (changes: Record<string, string>): Promise<void> => {
    Object.assign(expected, changes);
    // Each third of 120 sweeps and scans has the whole patience: a busy machine is slow, and goes on.
    const agreeing = async (): Promise<number> => {
      const now = await shown();
      return Object.keys(expected).filter((name) => now[name] === expected[name]).length;
    };
    for (const third of [1, 2])
      await expect.poll(agreeing, { interval: 500 }).toBeGreaterThanOrEqual((third * added) / 3);
    await expect.poll(shown, { interval: 500 }).toEqual(expected);
  };
  const charges = async () =>
    (await readAll(log))
      .of('usage.charged')
      .map(({ event: { data } }) => `${data.subscriptionId} ${data.digest}`)
      .toSorted();
  const chargesOf = (...numbers: readonly number[]): string[] =>
    [...new Set(numbers.map((number) => `${subscriptionOf(number)} ${digests[kindOf(number)]}`))].toSorted();

  await becomes({});
  const restricted = [10, 11, 50, 51, 90];
  for (const number of restricted)
    Object.assign(
      held(number).properties,
      number % 2 === 0 ? { publicNetworkAccess: 'Disabled' } : { networkRuleSet: { defaultAction: 'Deny' } },
    );
  const listing = async (id: string) =>
    (await get('/assay/discovery')).value.find((one: { subscriptionId: string }) => one.subscriptionId === id);
  for (const [at, count] of [2, 2, 1].entries())
    await expect.poll(() => listing(subscriptions[at]!)).toMatchObject({ registries: each, restricted: count });

  // The official client signs for https only; the last step of its pipeline goes to the suite.
  const toSuite: NonNullable<SecurityCenterOptionalParams['additionalPolicies']>[number]['policy'] = {
    name: 'toSuite',
    sendRequest: (request, next) => {
      Object.assign(request, { url: request.url.replace('https://assay.test', url), allowInsecureConnection: true });
      return next(request);
    },
  };
  const client = (id: string) =>
    new SecurityCenter({ getToken: () => Promise.resolve({ token, expiresOnTimestamp: Infinity }) }, id, {
      endpoint: 'https://assay.test',
      additionalPolicies: [{ policy: toSuite, position: 'perRetry' }],
    });
  // Neither is swept: a registry in another cloud, and one that closed, which has a new image.
  for (const [id, loginServer] of [
    [heldRegistry(abroad, 'n').id, 'n.nation.test'],
    [held(restricted[1]!).id, `${nameOf(restricted[1]!)}.cloud.test`],
  ] as const) {
    const secret = createHmac('sha256', webhookKey).update(`assay webhook\n${id.toLowerCase()}`).digest('hex');
    const answer = await fetch(`${url}/ingest/acr`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        id: loginServer,
        timestamp: new Date().toISOString(),
        action: 'push',
        target: { mediaType: ociManifest, digest: digests[kinds], repository: 'team/new', tag: 'v1' },
        request: { host: loginServer },
      }),
    });
    expect(answer.ok, await answer.text()).toBe(true);
  }
  for (const id of [...subscriptions, abroad])
    await client(id).pricings.update('ContainerRegistry', { pricingTier: 'Standard' });
  await handOver();
  const open = Array.from({ length: added }, (__, number) => number).filter((number) => !restricted.includes(number));
  await becomes({
    ...Object.fromEntries(open.map((number) => [nameOf(number), 'assessed'])),
    ...Object.fromEntries(restricted.map((number) => [nameOf(number), 'registry-not-public'])),
    n: 'cloud-not-supported',
  });
  await expect.poll(charges, { interval: 1000 }).toEqual(chargesOf(...open));

  arm.subscriptions[third]!.forbidden = true;
  await expect.poll(() => listing(third)).toMatchObject({ state: 'failed', why: expect.stringContaining('Reader') });
  const asked: number[] = [];
  const throttled: Parameters<typeof arm.answer>[1] = (___, response) => {
    asked.push(performance.now());
    respond(response, 429, {}, { 'retry-after': '2' });
  };
  arm.answer(`/subscriptions/${staging}/providers/Microsoft.ContainerRegistry/registries`, throttled, throttled);
  await expect.poll(() => asked.length).toBe(2);
  expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(2000);
  arm.subscriptions[third]!.forbidden = false;
  await expect.poll(() => listing(third)).toMatchObject({ state: 'listed', registries: each });
  await expect.poll(() => listing(staging)).toMatchObject({ state: 'listed', registries: each });

  const [opened, closed, deleted, moved] = [10, 12, 13, 14];
  held(opened).properties.publicNetworkAccess = 'Enabled';
  held(closed).properties.networkRuleSet = { defaultAction: 'Deny' };
  const { registries } = arm.subscriptions[production]!;
  registries.splice(registries.indexOf(held(deleted)), 1);
  registries[registries.indexOf(held(moved))] = heldRegistry(production, nameOf(moved), { group: 'other' });
  registries.push(heldRegistry(production, nameOf(added)));
  await becomes({
    [nameOf(opened)]: 'assessed',
    [nameOf(closed)]: 'registry-not-public',
    [nameOf(added)]: 'assessed',
  });
  await expect.poll(charges, { interval: 1000 }).toEqual(chargesOf(...open, opened, added));

  const known = async () => (await get('/assay/registries')).value as Record<string, unknown>[];
  const one = async (id: string) =>
    (await known()).find(({ registryId }) => String(registryId).toLowerCase() === id.toLowerCase());
  await expect.poll(() => one(heldRegistry(production, nameOf(deleted)).id)).toMatchObject({ removed: true });
  expect(await one(heldRegistry(production, nameOf(moved), { group: 'other' }).id)).toMatchObject({ removed: false });
  expect(await one(heldRegistry(abroad, 'n').id)).toMatchObject({ cloud: 'NationalCloud', subscriptionName: 'Abroad' });
  const names = (await get('/subscriptions?api-version=2022-12-01')).value as { displayName: string }[];
  expect(names.map(({ displayName }) => displayName).toSorted()).toEqual([
    'Abroad',
    'Subscription 0',
    'Subscription 1',
    'Subscription 2',
  ]);
  expect([arm, nation, acr].map(({ strangers }) => strangers)).toEqual([[], [], []]);
  expect(proxy.asked.filter((host) => host.includes('evil'))).toEqual([]);
});
