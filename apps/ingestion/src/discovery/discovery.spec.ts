import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { recordOf } from '@assay/messaging';
import { collectMetrics, eventOf } from '@assay/testing';
import { respond } from '../../../../libs/registry/test/fake-acr.ts';
import { heldRegistry } from '../../../../libs/registry/test/fake-arm.ts';
import { production, staging, startedCloud } from '../../test/cloud.ts';
import { started } from '../../test/service.ts';

/** The service, which finds what the cloud has. */
const setting = async (
  prepare: (cloud: Awaited<ReturnType<typeof startedCloud>>) => unknown = () => undefined,
  configured: readonly object[] = [],
  env: Record<string, string> = {},
) => {
  const cloud = await startedCloud();
  await prepare(cloud);
  const service = await started(configured, { env: { ...cloud.env, ...env } });
  const observed = async () => (await service.emitted('registry.observed')).map(({ data }) => data);
  const names = async () =>
    (await observed()).map(({ loginServer, networkAccess, removed }) =>
      [String(loginServer).split('.')[0], removed ? 'removed' : networkAccess].join(' '),
    );
  const listings = async () =>
    (
      (await service.app.inject({ url: '/assay/discovery', headers: { authorization: 'Bearer x' } })).json() as {
        value: {
          subscriptionId: string;
          state: string;
          why?: string;
          leftOut?: { loginServer: string; why: string }[];
        }[];
      }
    ).value;
  const listing = async () => (await listings()).find(({ subscriptionId }) => subscriptionId === production);
  return { ...cloud, ...service, observed, names, listing };
};

it('finds the registries of all subscriptions in pages, and sweeps the public ones', async () => {
  const { arm, observed, emitted, image, entra } = await setting(({ subscription }) => {
    subscription(production, 'Production', 'one', 'two');
    subscription(staging, 'Staging', 'three').registries.push(
      heldRegistry(staging, 'four', { publicNetworkAccess: 'Disabled' }),
      heldRegistry(staging, 'five', { networkRuleSet: { defaultAction: 'Deny' } }),
      heldRegistry(staging, 'six', { publicNetworkAccess: 'SecuredByPerimeter' }),
    );
  });
  await expect.poll(async () => (await emitted('image.pushed')).length).toBe(3);
  const found = await observed();
  expect(found).toHaveLength(6);
  expect(found[0]).toMatchObject({
    registryId: heldRegistry(production, 'one').id,
    loginServer: 'one.cloud.test',
    subscriptionId: production,
    subscriptionName: 'Production',
    location: 'westeurope',
    sku: 'Premium',
    cloud: 'AzureCloud',
    tags: { team: 'one' },
    discovery: 'prod',
    by: 'discovery',
  });
  expect(found.map(({ networkAccess, why }) => [networkAccess, why])).toEqual([
    ['public', undefined],
    ['public', undefined],
    ['public', undefined],
    ['restricted', 'publicNetworkAccess is Disabled'],
    ['restricted', 'networkRuleSet.defaultAction is Deny'],
    ['restricted', 'publicNetworkAccess is SecuredByPerimeter'],
  ]);
  expect((await emitted('image.pushed')).map(({ data }) => [data.loginServer, data.digest, 'facts' in data])).toEqual(
    expect.arrayContaining(['one', 'two', 'three'].map((name) => [`${name}.cloud.test`, image.manifest.digest, true])),
  );
  expect(JSON.stringify(found)).not.toContain('s3cret');
  expect(arm.strangers).toEqual([]);
  expect(new Set(entra.requests.map(({ scope }) => scope?.split(' ')[0]))).toEqual(
    new Set(['https://arm.cloud.test/.default', 'https://containerregistry.azure.net/.default']),
  );
});

const listPath = (id: string): string => `/subscriptions/${id}/providers/Microsoft.ContainerRegistry/registries`;

it('keeps up with what is added, closed, opened, moved and deleted', async () => {
  const { subscription, arm, names, emitted } = await setting(({ subscription: add }) => {
    add(production, 'Production', 'one', 'two');
  });
  const registries = () => arm.subscriptions[production]!.registries;
  await expect.poll(names).toEqual(['one public', 'two public']);
  registries()[0]!.properties.publicNetworkAccess = 'Disabled';
  subscription(staging, 'Staging', 'three');
  await expect.poll(names).toEqual(['one public', 'two public', 'one restricted', 'three public']);
  registries()[0]!.properties.publicNetworkAccess = 'Enabled';
  registries()[1] = heldRegistry(production, 'two', { group: 'other' });
  await expect.poll(async () => (await names()).slice(4)).toEqual(['one public', 'two removed', 'two public']);
  const pushed = async () => (await emitted('image.pushed')).map(({ data }) => data.registryId);
  await expect.poll(pushed).toContain(heldRegistry(production, 'two', { group: 'other' }).id);
  registries().splice(0, 1);
  const before = arm.requests.length;
  await expect.poll(async () => (await names()).slice(7)).toEqual(['one removed']);
  const since = arm.requests.slice(before);
  const asked = since.findIndex((url) => url.startsWith(heldRegistry(production, 'one').id));
  expect(since.slice(0, asked).filter((url) => url.startsWith(listPath(production))).length).toBeGreaterThan(1);
  expect((await emitted('registry.observed')).at(-1)?.data).toMatchObject({ removed: true, discovery: 'prod' });
});

it('names since when a registry is restricted, and sweeps it if its images are assessed all the same', async () => {
  const { arm, observed, emitted, written, discovery } = await setting(({ subscription }) => {
    subscription(production, 'Production').registries.push(
      heldRegistry(production, 'one', { networkRuleSet: { defaultAction: 'Deny' } }),
    );
  });
  await expect.poll(async () => (await observed()).length).toBe(1);
  arm.subscriptions[production]!.registries[0]!.tags = { team: 'other' };
  await expect.poll(async () => (await observed()).length).toBe(2);
  expect(await emitted('image.pushed')).toEqual([]);
  await written({ ...discovery, restricted: 'assess' });
  await expect.poll(async () => (await emitted('image.pushed')).length).toBe(1);
  const shown = (await observed()).map(({ answeredAt, assessesRestricted, networkAccess, why }) => ({
    answeredAt,
    assessesRestricted,
    networkAccess,
    why,
  }));
  const first = { answeredAt: shown[0]!.answeredAt, networkAccess: 'restricted', why: expect.any(String) as string };
  expect(shown[0]!.answeredAt).toEqual(expect.any(String));
  expect(shown).toEqual([first, first, { ...first, assessesRestricted: true }]);
});

it('publishes the subscriptions that it lists, also without a registry, until the setting lets them go', async () => {
  const { arm, emitted, written, discovery, listing } = await setting(({ subscription }) => {
    subscription(production, 'Production');
    subscription(staging, 'Staging');
  });
  const listed = async () =>
    (await emitted('subscription.observed')).map(({ data }) =>
      [data.subscriptionName, data.discovery, data.removed].join(' '),
    );
  await expect.poll(listed).toEqual(['Production prod false', 'Staging prod false']);
  arm.subscriptions[production]!.displayName = 'Renamed';
  await expect.poll(listed).toContain('Renamed prod false');
  arm.subscriptions[production]!.forbidden = true;
  await expect.poll(listing).toMatchObject({ state: 'failed' });
  await written({ ...discovery, subscriptions: [production] });
  await expect.poll(async () => (await listed()).slice(3)).toEqual(['Staging prod true']);
});

it('removes no registry that Azure still answers for, nor by a right that was lost', async () => {
  const metrics = collectMetrics();
  onTestFinished(() => metrics.close());
  const { arm, names, listing } = await setting(({ subscription }) => subscription(production, 'Production', 'one'));
  const id = heldRegistry(production, 'one').id;
  await expect.poll(names).toEqual(['one public']);
  arm.subscriptions[production]!.registries = [];
  arm.answer(
    id,
    ...Array.from(
      { length: 50 },
      () => (_: unknown, response: Parameters<typeof respond>[0]) => respond(response, 403, {}),
    ),
  );
  await expect.poll(listing).toMatchObject({ state: 'failed', why: expect.stringMatching(/answered 403/) as string });
  expect(await metrics.of('assay.discovery.failing')).toMatchObject([{ labels: { discovery: 'prod' }, value: 1 }]);
  expect(await names()).toEqual(['one public']);
  arm.answer(id);
  await expect.poll(names).toEqual(['one public', 'one removed']);
});

describe('a listing that fails changes nothing and names the reason:', () => {
  type Prepare = (cloud: Awaited<ReturnType<typeof setting>>) => void;
  const answered =
    (status: number, body: object, headers: Record<string, string> = {}): Prepare =>
    ({ arm }) =>
      arm.answer(
        listPath(production),
        ...Array.from(
          { length: 50 },
          () => (_: unknown, response: Parameters<typeof respond>[0]) => respond(response, status, body, headers),
        ),
      );
  it.each<[string, Prepare, RegExp]>([
    ['the right is lost', answered(403, {}), /unauthorized: .*az role assignment create --role Reader .*scope \/subs/],
    ['the subscription is not seen', ({ arm }) => void (arm.subscriptions[production]!.forbidden = true), /not seen/],
    ['it is disabled', ({ arm }) => void (arm.subscriptions[production]!.state = 'Disabled'), /is Disabled/],
    ['the next page is elsewhere', answered(200, { value: [], nextLink: 'https://evil.test/x' }), /elsewhere/],
    [
      'it never ends',
      answered(200, { value: [], nextLink: `${listPath(production)}?api-version=2025-11-01` }),
      /without end/,
    ],
    ['it redirects', answered(307, {}, { location: 'https://evil.test/x' }), /redirects/],
    ['it is no list', answered(200, { value: 'x' }), /no list/],
    ['a page is too large', answered(200, { value: [], more: 'x'.repeat(8 * 1024 ** 2) }), /too-large/],
    ['it throttles', answered(429, {}, { 'retry-after': '3600' }), /rate-limited/],
  ])('%s', async (_, prepare, why) => {
    const cloud = await setting(({ subscription }) => subscription(production, 'Production', 'one'));
    await expect.poll(cloud.names).toEqual(['one public']);
    prepare(cloud);
    await expect
      .poll(async () => await cloud.listing())
      .toMatchObject({ state: 'failed', why: expect.stringMatching(why) as string });
    expect(await cloud.names()).toEqual(['one public']);
    expect(cloud.proxy.asked.filter((host) => host.startsWith('evil'))).toEqual([]);
  });
});

it('obeys the pause that Azure asks for', async () => {
  const { arm, listing } = await setting(({ subscription, arm: asked }) => {
    subscription(production, 'Production', 'one');
    asked.answer(listPath(production), (_, response) => respond(response, 429, {}, { 'retry-after': '3600' }));
  });
  await expect.poll(async () => (await listing())?.state).toBe('failed');
  const before = arm.requests.length;
  // More than two intervals.
  await pause(2500);
  expect(arm.requests).toHaveLength(before);
});

it('leaves out what stands in ASSAY_REGISTRIES, by id or login server, and what no setting allows', async () => {
  const other = { ...heldRegistry(production, 'nine'), id: heldRegistry(staging, 'nine').id };
  const { names, listing, proxy } = await setting(
    ({ subscription }) =>
      void subscription(production, 'Production', 'one', 'two', 'three').registries.push(
        ...[
          'evilcloud.test',
          'x.cloud.test.evil.test',
          'x.cloud.test:8443',
          'u@x.cloud.test',
          'a.b.cloud.test',
          '',
        ].map((loginServer, at) => ({
          ...heldRegistry(production, `bad${at}`, {}),
          properties: { loginServer },
        })),
        other,
        heldRegistry(production, 'eight'),
        { ...heldRegistry(production, 'seven'), properties: { loginServer: 'EIGHT.cloud.test' } },
      ),
    [
      { registryId: heldRegistry(production, 'one').id, loginServer: 'mirror.test', allowAddresses: ['127.0.0.0/8'] },
      { registryId: heldRegistry(staging, 'mine').id, loginServer: 'two.cloud.test', networkAccess: 'restricted' },
    ],
  );
  await expect.poll(async () => (await listing())?.state).toBe('listed');
  expect(await names()).toEqual(['mirror public', 'two restricted', 'three public']);
  expect((await listing())?.leftOut?.map(({ loginServer, why }) => [loginServer, why.slice(0, 30)])).toEqual([
    ['one.cloud.test', 'it stands in ASSAY_REGISTRIES,'],
    ['two.cloud.test', 'it stands in ASSAY_REGISTRIES,'],
    ...['evilcloud.test', 'x.cloud.test.evil.test', 'x.cloud.test:8443', 'u@x.cloud.test', 'a.b.cloud.test', ''].map(
      (name) => [name, 'its login server is no bare na'],
    ),
    ['nine.cloud.test', 'its id is none of a registry o'],
    ['eight.cloud.test', 'another registry of this listi'],
    ['EIGHT.cloud.test', 'another registry of this listi'],
  ]);
  expect(proxy.asked.filter((host) => /evil|8443|a\.b|eight/.test(host))).toEqual([]);
});

it('sends no token to a registry that a forged event names', async () => {
  const { log, observed, proxy, acr, emitted, names } = await setting(
    async ({ subscription, written, discovery }) => {
      subscription(production, 'Production', 'one');
      // The next listing would let go what was forged.
      await written({ ...discovery, intervalSeconds: 3600 });
    },
    [],
    { ASSAY_SWEEP_SECONDS: '1' },
  );
  await expect.poll(names).toEqual(['one public']);
  const [real] = await observed();
  await expect.poll(async () => (await emitted('image.pushed')).length).toBe(1);
  const posted = acr.posted.length;
  const forged = ['evil.test', 'a.evil.cloud.test', 'evil.cloud.test:443', 'evil.cloud.test@evil.test'].map(
    (loginServer, at) => ({
      ...real,
      registryId: heldRegistry(production, `evil${at}`).id,
      loginServer,
      allowAddresses: ['127.0.0.0/8'],
    }),
  );
  const elsewhere = {
    ...real,
    registryId: heldRegistry(production, 'evil').id,
    loginServer: 'evil.cloud.test',
    discovery: 'other',
  };
  await log.append(
    [...forged, elsewhere].map((data) => recordOf(eventOf('registry.observed', data.registryId, data), log.partitions)),
  );
  for (const { loginServer } of [...forged, elsewhere])
    await expect
      .poll(async () => (await emitted('operator.acted')).map(({ data }) => [data.outcome, data.details]))
      .toContainEqual(['failed', expect.objectContaining({ loginServer })]);
  expect(proxy.asked.filter((host) => host.includes('evil'))).toEqual([]);
  // The real one goes on.
  for (const { form } of acr.posted.slice(posted)) expect(form.service).toBe(acr.host);
});

it('follows its file: a wrong one leaves the last good one, and only the setting lets a subscription go', async () => {
  const { written, discovery, names, app } = await setting(({ subscription }) => {
    subscription(production, 'Production', 'one');
    subscription(staging, 'Staging', 'two');
  });
  await expect.poll(names).toEqual(['one public', 'two public']);
  await written({ ...discovery, subscription: 'all' });
  const error = async () =>
    (
      (await app.inject({ url: '/assay/discovery', headers: { authorization: 'Bearer x' } })).json() as {
        error: string;
      }
    ).error;
  await expect.poll(error).toMatch(/there is no subscription/);
  await written({ ...discovery, subscriptions: [production] });
  await expect.poll(names).toEqual(['one public', 'two public', 'two removed']);
});

it('holds the removal of many registries until it is confirmed', async () => {
  const many = Array.from({ length: 8 }, (_, at) => `r${at}`);
  const { arm, names, listing, app } = await setting(({ subscription }) =>
    subscription(production, 'Production', ...many),
  );
  await expect.poll(async () => (await names()).length).toBe(8);
  arm.subscriptions[production]!.registries.splice(0, 6);
  await expect.poll(listing).toMatchObject({ state: 'held', gone: 6, known: 8 });
  expect(await names()).toHaveLength(8);
  const order = () =>
    app.inject({
      method: 'POST',
      url: `/assay/discovery/${production}/confirm`,
      headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
      payload: { why: 'the project ended' },
    });
  expect((await order()).json()).toMatchObject({ value: [{ state: 'confirmed' }] });
  await expect.poll(async () => (await names()).slice(8)).toEqual(many.slice(0, 6).map((name) => `${name} removed`));
  await expect.poll(listing).toMatchObject({ state: 'listed', registries: 2 });
  expect((await order()).statusCode).toBe(409);
});
