import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { respond } from '../../../../libs/registry/test/fake-acr.ts';
import { heldRegistry, type HeldWebhook } from '../../../../libs/registry/test/fake-arm.ts';
import { production, startedCloud } from '../../test/cloud.ts';
import { started } from '../../test/service.ts';
import { declaredDiscovery } from './webhooks.ts';

const [first, second] = ['a', 'b'].map((letter) => letter.repeat(32)) as [string, string];
const idOf = (name: string): string => heldRegistry(production, name).id.toLowerCase();

const bearer = (key: string, name: string): string =>
  `Bearer ${createHmac('sha256', key)
    .update(`assay webhook\n${idOf(name)}`)
    .digest('hex')}`;

/** The service with the webhooks of two registries. */
const setting = async (
  prepare: (cloud: Awaited<ReturnType<typeof startedCloud>>) => unknown = () => undefined,
  keys = first,
  configured: readonly object[] = [],
) => {
  const cloud = await startedCloud();
  const discovery = { ...cloud.discovery, webhooks: true };
  await cloud.written(discovery);
  cloud.subscription(production, 'Production', 'one', 'two');
  await prepare(cloud);
  const env = { ...cloud.env, ASSAY_PUBLIC_BASE: 'https://assay.test', ASSAY_WEBHOOK_KEY: keys };
  const service = await started(configured, { env });
  const held = (name: string): [name: string, webhook: HeldWebhook][] =>
    Object.entries(cloud.arm.webhooks[idOf(name)] ?? {});
  const own = (name: string) => held(name).find(([each]) => each.startsWith('assay'))?.[1];
  const listing = async () =>
    (
      (await service.app.inject({ url: '/assay/discovery', headers: { authorization: 'Bearer x' } })).json() as {
        value: { subscriptionId: string; state: string; webhooks?: number; withoutWebhook?: object[] }[];
      }
    ).value.find(({ subscriptionId }) => subscriptionId === production);
  const listed = () => cloud.arm.requests.filter((url) => /\/registries\?/.test(url)).length;
  /** After two more whole listings. */
  const later = async () => {
    const before = listed();
    await expect.poll(listed).toBeGreaterThan(before + 2);
  };
  const push = (name: string, authorization: string) =>
    service.app.inject({
      method: 'POST',
      url: '/ingest/acr',
      headers: { authorization, 'content-type': 'application/json' },
      payload: {
        id: '1',
        timestamp: new Date().toISOString(),
        action: 'push',
        target: { repository: 'team/hello', digest: cloud.image.manifest.digest, tag: 'v1' },
        request: { host: `${name}.cloud.test` },
      },
    });
  return { ...cloud, ...service, discovery, held, own, listing, later, push };
};

it('makes one webhook in each registry that is not declined, once, and touches no other', async () => {
  const other = { location: 'x', properties: { serviceUri: 'https://other.test', actions: ['push'] } };
  const { arm, held, listing, later, entra, emitted } = await setting(({ arm: cloud, subscription }) => {
    cloud.webhooks[idOf('one')] = { theirs: other };
    subscription(production, 'Production', 'one', 'two').registries.push(
      heldRegistry(production, 'four', { publicNetworkAccess: 'Disabled' }),
    );
  });
  await expect.poll(listing).toMatchObject({ webhooks: 2, withoutWebhook: [] });
  await later();
  const name = expect.stringMatching(/^assay[0-9a-f]{16}$/) as string;
  const webhook = (registry: string): HeldWebhook => ({
    location: 'westeurope',
    properties: {
      serviceUri: 'https://assay.test/ingest/acr',
      customHeaders: { Authorization: bearer(first, registry) },
      status: 'enabled',
      scope: '',
      actions: ['delete', 'push'],
    },
  });
  expect([held('one'), held('two'), held('four')]).toEqual([
    [
      ['theirs', other],
      [name, webhook('one')],
    ],
    [[name, webhook('two')]],
    [],
  ]);
  expect(arm.written.toSorted()).toEqual(
    ['one', 'two'].map((each) => expect.stringMatching(`^PUT ${each}/assay`) as string),
  );
  expect(arm.strangers).toEqual([]);
  expect(entra.requests.length).toBeGreaterThan(0);
  expect(JSON.stringify(await emitted('operator.acted'))).not.toContain(bearer(first, 'one').slice(7));
});

it('a webhook is written again after each change of it, once', async () => {
  const { own, arm, later } = await setting();
  await expect.poll(() => own('one')).toBeDefined();
  const before = structuredClone(own('one'));
  const changes: ((properties: HeldWebhook['properties']) => unknown)[] = [
    (properties) => (properties.status = 'disabled'),
    (properties) => (properties.scope = 'team/*'),
    (properties) => (properties.actions = ['push']),
    (properties) => (properties.serviceUri = 'https://evil.test'),
    (properties) => (properties.customHeaders = {}),
  ];
  for (const change of changes) {
    change(own('one')!.properties);
    await expect.poll(() => own('one')).toEqual(before);
  }
  await later();
  expect(arm.written.filter((each) => each.startsWith('PUT one/'))).toHaveLength(1 + changes.length);
});

it('a new key is written, both are accepted, and a registry reports its own pushes alone', async () => {
  const { own, push, emitted } = await setting(undefined, `${second}, ${first}`);
  await expect.poll(() => own('one')?.properties.customHeaders).toEqual({ Authorization: bearer(second, 'one') });
  for (const key of [first, second])
    expect((await push('one', bearer(key, 'one'))).json()).toEqual({ accepted: 1, ignored: {} });
  expect((await push('two', bearer(first, 'one'))).json()).toEqual({
    accepted: 0,
    ignored: { 'not-allowed-for-registry': 1 },
  });
  expect((await push('one', bearer('c'.repeat(32), 'one'))).statusCode).toBe(401);
  expect((await push('three', bearer(first, 'three'))).statusCode).toBe(401);
  // Sweeps report what they find, too.
  const received = (await emitted('notification.received')).filter(({ data }) => data.sender === 'acr');
  expect(new Set(received.map(({ data }) => data.loginServer))).toEqual(new Set(['one.cloud.test']));
});

it('a registry that was removed reports nothing, and one of the configuration has its own secret', async () => {
  const declared = {
    registryId: heldRegistry(production, 'two').id,
    loginServer: 'two.cloud.test',
    networkAccess: 'restricted',
    secret: 'its-own',
  };
  const { own, push, arm, emitted } = await setting(
    ({ arm: cloud }) => {
      cloud.webhooks[idOf('two')] = {};
    },
    first,
    [declared],
  );
  await expect.poll(() => own('one')).toBeDefined();
  expect((await push('two', bearer(first, 'two'))).statusCode).toBe(401);
  expect((await push('two', 'Bearer its-own')).statusCode).toBe(202);
  expect(own('two')).toBeUndefined();
  arm.subscriptions[production]!.registries.shift();
  await expect.poll(async () => (await emitted('registry.observed')).at(-1)?.data.removed).toBe(true);
  await expect.poll(async () => (await push('one', bearer(first, 'one'))).statusCode).toBe(401);
});

describe('the webhook is removed, and only it,', () => {
  type Cloud = Awaited<ReturnType<typeof setting>>;
  it.each<[string, (cloud: Cloud) => unknown]>([
    [
      'from a registry that is declined',
      ({ arm }) => (arm.subscriptions[production]!.registries[0]!.properties.publicNetworkAccess = 'Disabled'),
    ],
    ['once the setting has no webhooks', ({ written, discovery }) => written({ ...discovery, webhooks: false })],
    [
      'once the setting lets the subscription go',
      ({ written, discovery }) => written({ ...discovery, subscriptions: ['00000000-0000-0000-0000-00000000000f'] }),
    ],
    ['once the discovery is gone', ({ written }) => written()],
  ])('%s', async (_, change) => {
    const cloud = await setting(({ arm }) => {
      arm.webhooks[idOf('one')] = { theirs: { location: 'x', properties: { serviceUri: 'x', actions: [] } } };
    });
    await expect.poll(() => cloud.own('one')).toBeDefined();
    await expect.poll(cloud.listing).toMatchObject({ state: 'listed' });
    await change(cloud);
    await expect.poll(() => cloud.own('one')).toBeUndefined();
    expect(cloud.held('one').map(([name]) => name)).toEqual(['theirs']);
  });
});

describe('a registry without a webhook is named with the remedy, and the listing goes on:', () => {
  type Answer = (response: Parameters<typeof respond>[0]) => void;
  const path = `${heldRegistry(production, 'one').id}/webhooks`;
  const answered = (answer: Answer) => (cloud: Awaited<ReturnType<typeof startedCloud>>) =>
    cloud.arm.answer(
      path,
      ...Array.from({ length: 50 }, () => (_: unknown, response: Parameters<Answer>[0]) => answer(response)),
    );

  it.each<[string, (cloud: Awaited<ReturnType<typeof startedCloud>>) => unknown, RegExp]>([
    [
      'no right',
      answered((response) => respond(response, 403, {})),
      /^unauthorized: .*403.*role "Assay Webhooks": `az role assignment create .*--scope \/subscriptions\/[-0-9]+`$/,
    ],
    [
      'no room',
      ({ arm }) => {
        arm.webhookQuota = 2;
        const theirs = { location: 'x', properties: { serviceUri: 'x', actions: [] } };
        arm.webhooks[idOf('one')] = { theirs, ours: theirs };
      },
      /it has 2 webhooks, and its SKU Premium may permit no more: `az acr webhook delete`/,
    ],
    [
      'a next page elsewhere',
      answered((response) => respond(response, 200, { value: [], nextLink: 'https://evil.test' })),
      /elsewhere/,
    ],
    ['a redirect', answered((response) => respond(response, 307, {}, { location: 'https://evil.test' })), /redirects/],
  ])('%s', async (_, prepare, why) => {
    const { listing, own, proxy, names } = await setting(prepare).then((cloud) => ({
      ...cloud,
      names: async () => (await cloud.emitted('registry.observed')).map(({ data }) => data.loginServer),
    }));
    await expect.poll(listing).toMatchObject({
      state: 'listed',
      webhooks: 1,
      withoutWebhook: [{ registryId: heldRegistry(production, 'one').id, why: expect.stringMatching(why) as string }],
    });
    expect(own('two')).toBeDefined();
    expect(await names()).toEqual(['one.cloud.test', 'two.cloud.test']);
    expect(proxy.asked.filter((host) => host.includes('evil'))).toEqual([]);
  });
});

describe('a write that takes its time is followed', () => {
  const operation = `/subscriptions/${production}/providers/Microsoft.ContainerRegistry/operations/1`;
  it('to its end', async () => {
    const { listing, arm } = await setting(({ arm: cloud, subscription }) => {
      subscription(production, 'Production', 'one');
      cloud.follow = `https://arm.cloud.test${operation}?api-version=1`;
      cloud.answer(
        operation,
        (_, response) => respond(response, 200, { status: 'InProgress' }, { 'retry-after': '1' }),
        (_, response) => respond(response, 200, { status: 'Succeeded' }),
      );
    });
    await expect.poll(listing).toMatchObject({ webhooks: 1 });
    expect(arm.requests.filter((url) => url.startsWith(operation))).toHaveLength(2);
  });

  it('to no other host', async () => {
    const { emitted, acr } = await setting(({ arm }) => {
      arm.follow = 'https://one.cloud.test/operations/1';
    });
    const outcomes = async () => JSON.stringify((await emitted('operator.acted')).map(({ data }) => data.details));
    await expect.poll(outcomes).toContain('an address elsewhere');
    expect(acr.requests.filter(({ line }) => line.includes('operations'))).toEqual([]);
  });
});

it.each([
  ['ASSAY_PUBLIC_BASE', { ASSAY_WEBHOOK_KEY: first }, /^ASSAY_DISCOVERY has "webhooks" in prod, .*ASSAY_PUBLIC_BASE/],
  [
    'an ASSAY_PUBLIC_BASE of https',
    { ASSAY_PUBLIC_BASE: 'http://assay.test', ASSAY_WEBHOOK_KEY: first },
    /^ASSAY_DISCOVERY has "webhooks" in prod/,
  ],
  ['ASSAY_WEBHOOK_KEY', { ASSAY_PUBLIC_BASE: 'https://assay.test' }, /^ASSAY_DISCOVERY .*ASSAY_WEBHOOK_KEY/],
  ['a long key', { ASSAY_PUBLIC_BASE: 'https://assay.test', ASSAY_WEBHOOK_KEY: 'short' }, /^ASSAY_WEBHOOK_KEY must/],
])('webhooks need %s', (_, env, message) => {
  const auth = { kind: 'managed-identity' };
  const list = [{ name: 'prod', subscriptions: 'all', auth, webhooks: true }];
  const read = () => declaredDiscovery.read({ ...env, ASSAY_DISCOVERY: JSON.stringify(list) });
  expect(read).toThrow(message);
  expect(read).toThrow(expect.objectContaining({ code: 'configuration' }) as Error);
});
