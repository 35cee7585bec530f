import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddedStore, silent, type ServicePorts } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf, type Follower, type FollowOptions } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { eventOf, eventually } from '@assay/testing';
import type { AnyEvent, ScanApproved } from '@assay/events';
import { TestIssuer } from '../../../../libs/http/test/issuer.ts';
import { digest, observed, pushed, subscriptionId } from '../../test/fixtures.ts';
import { eligibility } from '../index.ts';

const pricings = `/subscriptions/${subscriptionId}/providers/Microsoft.Security/pricings`;
const version = 'api-version=2022-03-01';

/** A log whose config is followed with a delay, as over a network. */
class SlowLog extends EmbeddedLog {
  override follow(topics: readonly string[], options: FollowOptions): Promise<Follower> {
    return super.follow(topics, {
      ...options,
      onBatch: async (batch) => {
        await pause(50);
        await options.onBatch(batch);
      },
    });
  }
}

/** A log that a second replica reads only when it is let. */
class HeldLog extends EmbeddedLog {
  readonly let = Promise.withResolvers<void>();
  #followers = 0;

  override follow(topics: readonly string[], options: FollowOptions): Promise<Follower> {
    this.#followers += 1;
    const isHeld = this.#followers > 1;
    return super.follow(topics, {
      ...options,
      onBatch: async (batch) => {
        if (isHeld) await this.let.promise;
        await options.onBatch(batch);
      },
    });
  }
}

const started = async (env: Record<string, string> = {}, log: EmbeddedLog = new EmbeddedLog(':memory:')) => {
  const store = new EmbeddedStore(':memory:');
  const telemetry = await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } });
  const service = await eligibility.start({
    log,
    store,
    telemetry,
    env,
    observer: silent,
    folder: '',
    home: '',
    progress: () => undefined,
    fatal: () => undefined,
    blobs: undefined as never,
  } satisfies ServicePorts);
  const app = service.app as unknown as NestFastifyApplication;
  await app.getHttpAdapter().getInstance().ready();
  onTestFinished(async () => {
    await service.close();
    await log.close().catch(() => undefined);
  });
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });
  const put = (name: string, payload?: object | string, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'PUT',
      url: `${pricings}/${name}?${version}`,
      headers: { 'content-type': 'application/json', ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
  const send = (method: 'PUT', url: string, payload?: object, headers: Record<string, string> = {}) =>
    app.inject({
      method,
      url,
      headers: { 'content-type': 'application/json', ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
  const emitted = async (topic: string): Promise<AnyEvent['data'][]> => {
    const found: object[] = [];
    for (let partition = 0; partition < (topic === 'plan.changed' ? 1 : log.partitions); partition += 1) {
      for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition)))
        found.push(
          ...records
            .filter(({ headers }) => headers.ce_type !== 'assay.fence.v1')
            .map(({ value }) => JSON.parse(value) as object),
        );
    }
    return found;
  };
  const append = (...events: AnyEvent[]) => log.append(events.map((event) => recordOf(event, log.partitions)));
  return { log, get, put, send, emitted, append };
};

const tier = (pricingTier: string) => ({ properties: { pricingTier } });

describe('the plans of a subscription', () => {
  it('are all listed, and off until switched on', async () => {
    const { get } = await started();
    const answer = await get(`${pricings}?${version}`);
    expect(answer.statusCode).toBe(200);
    const { value } = answer.json<{ value: { name: string; properties: { pricingTier: string } }[] }>();
    expect(value.map(({ name }) => name)).toEqual([
      'VirtualMachines',
      'SqlServers',
      'AppServices',
      'StorageAccounts',
      'SqlServerVirtualMachines',
      'KubernetesService',
      'ContainerRegistry',
      'KeyVaults',
      'Dns',
      'Arm',
      'OpenSourceRelationalDatabases',
      'Containers',
    ]);
    expect(new Set(value.map(({ properties }) => properties.pricingTier))).toEqual(new Set(['Free']));
  });

  it('are read at another replica as they were changed, by the position that the change named', async () => {
    const log = new HeldLog(':memory:');
    const env = { ASSAY_SIGNING_KEY: 'k' };
    const [one, other] = [await started(env, log), await started(env, log)];
    const { headers } = await one.put('ContainerRegistry', tier('Standard'));
    const read = async (position?: Record<string, string>) =>
      (await other.get(`${pricings}/ContainerRegistry?${version}`, position)).json().properties.pricingTier as string;
    const changed = read({ 'x-assay-position': String(headers['x-assay-position']) });
    expect(await read()).toBe('Free');
    log.let.resolve();
    expect(await changed).toBe('Standard');
  });

  it('are found in any case, and shown in their own', async () => {
    const { get } = await started();
    expect((await get(`${pricings.toLowerCase()}/containerregistry?${version}`)).json()).toEqual({
      id: `${pricings}/ContainerRegistry`,
      name: 'ContainerRegistry',
      type: 'Microsoft.Security/pricings',
      properties: { pricingTier: 'Free', freeTrialRemainingTime: 'PT0S', deprecated: true, replacedBy: ['Containers'] },
    });
  });

  it.each([
    ['no version', pricings, 400, 'MissingApiVersionParameter'],
    ['an unknown version', `${pricings}?api-version=1999-01-01`, 400, 'InvalidApiVersionParameter'],
    ['an unknown plan', `${pricings}/Toasters?${version}`, 404, 'PricingNotFound'],
    [
      'a subscription that is none',
      `/subscriptions/x/providers/Microsoft.Security/pricings?${version}`,
      400,
      'InvalidSubscriptionId',
    ],
  ])('are refused for %s', async (_, url, status, code) => {
    const answer = await (await started()).get(url);
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([status, code]);
  });

  it.each<[string, string, object | string | undefined, number, string]>([
    ['another word for a tier', 'ContainerRegistry', tier('Premium'), 400, 'InvalidRequestContent'],
    ['no tier', 'ContainerRegistry', { properties: {} }, 400, 'InvalidRequestContent'],
    ['no properties', 'ContainerRegistry', {}, 400, 'InvalidRequestContent'],
    ['properties that are none', 'ContainerRegistry', { properties: 'Standard' }, 400, 'InvalidRequestContent'],
    ['properties that are null', 'ContainerRegistry', { properties: null }, 400, 'InvalidRequestContent'],
    [
      'properties that are a list',
      'ContainerRegistry',
      { properties: [{ pricingTier: 'Standard' }] },
      400,
      'InvalidRequestContent',
    ],
    ['a list', 'ContainerRegistry', [tier('Standard')], 400, 'InvalidRequestContent'],
    ['no body', 'ContainerRegistry', undefined, 400, 'InvalidRequestContent'],
    ['half a body', 'ContainerRegistry', '{"properties":', 400, 'InvalidRequestContent'],
    [
      'a tier given twice',
      'ContainerRegistry',
      '{"properties":{"pricingTier":"Free","pricingTier":"Standard"}}',
      400,
      'InvalidRequestContent',
    ],
    [
      'a member that is not known',
      'ContainerRegistry',
      { ...tier('Standard'), pricingTier: 'Free' },
      400,
      'InvalidRequestContent',
    ],
    [
      'extensions that are no list',
      'Containers',
      { properties: { pricingTier: 'Standard', extensions: { name: 'x', isEnabled: 'True' } } },
      400,
      'InvalidRequestContent',
    ],
    [
      'an extension without a name',
      'Containers',
      { properties: { pricingTier: 'Standard', extensions: [{ isEnabled: 'True' }] } },
      400,
      'InvalidRequestContent',
    ],
    [
      'an extension that is neither on nor off',
      'Containers',
      { properties: { pricingTier: 'Standard', extensions: [{ name: 'x', isEnabled: 'yes' }] } },
      400,
      'InvalidRequestContent',
    ],
    [
      'an extension of ours twice',
      'Containers',
      {
        properties: {
          pricingTier: 'Standard',
          extensions: [
            { name: 'AssayHardenedImages', isEnabled: 'True' },
            { name: 'assayHardenedImages', isEnabled: 'False' },
          ],
        },
      },
      400,
      'InvalidRequestContent',
    ],
    [
      'extensions that are too long',
      'Containers',
      {
        properties: {
          pricingTier: 'Standard',
          extensions: [{ name: 'x', isEnabled: 'True', additionalExtensionProperties: { a: 'x'.repeat(70_000) } }],
        },
      },
      400,
      'InvalidRequestContent',
    ],
    [
      'a sub-plan that is none',
      'Containers',
      { properties: { pricingTier: 'Standard', subPlan: 1 } },
      400,
      'InvalidRequestContent',
    ],
    [
      'an enforcement that is neither on nor off',
      'Containers',
      { properties: { pricingTier: 'Standard', enforce: 'always' } },
      400,
      'InvalidRequestContent',
    ],
    ['an unknown plan', 'Toasters', tier('Standard'), 404, 'PricingNotFound'],
    ['a plan that every object has', 'constructor', tier('Standard'), 404, 'PricingNotFound'],
    ['a plan that is none of ours', 'VirtualMachines', tier('Standard'), 400, 'InvalidRequestContent'],
  ])('are not switched with %s, and nothing is published', async (_, name, body, status, code) => {
    const { put, emitted } = await started();
    const answer = await put(name, body);
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([status, code]);
    expect(await emitted('plan.changed')).toEqual([]);
  });

  it('are in force once the switch is answered, and a push is approved', async () => {
    const { put, get, emitted, append } = await started();
    await append(observed());
    const answer = await put(
      'containerregistry',
      { id: 'ignored', ...tier('Standard') },
      { 'x-ms-client-request-id': 'request-1' },
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      name: 'ContainerRegistry',
      properties: { pricingTier: 'Standard', enablementTime: expect.any(String) as string },
    });
    expect((await get(`${pricings}/ContainerRegistry?${version}`)).json()).toEqual(answer.json());
    expect(await emitted('plan.changed')).toMatchObject([
      { subscriptionId, plan: 'ContainerRegistry', tier: 'Standard', mode: 'classic', by: 'anybody (assay)' },
    ]);
    await append(pushed());
    await eventually(async () => (await emitted('scan.approved')).length === 1);
    expect(((await emitted('scan.approved'))[0] as ScanApproved).digest).toBe(digest);
    expect((await put('ContainerRegistry', tier('Free'))).statusCode).toBe(200);
    await eventually(async () => (await emitted('scan.declined')).length === 1);
    expect(await emitted('scan.declined')).toMatchObject([{ verdict: 2, reason: 'plan-disabled' }]);
  });

  // Sent by go-azure-sdk (Terraform), Bicep, the Azure CLI and the official clients.
  it.each(['2017-08-01-preview', '2018-06-01', '2022-03-01', '2023-01-01', '2024-01-01'])(
    'are listed, read and switched at api-version %s, in the same shapes',
    async (at) => {
      const { get, send } = await started();
      const body = {
        properties: {
          pricingTier: 'Standard',
          subPlan: 'P1',
          extensions: [{ name: 'ContainerRegistriesVulnerabilityAssessments', isEnabled: 'True' }],
        },
      };
      const switched = await send('PUT', `${pricings}/Containers?api-version=${at}`, body);
      expect([switched.statusCode, switched.json()]).toMatchObject([
        200,
        { name: 'Containers', type: 'Microsoft.Security/pricings', ...body },
      ]);
      expect((await get(`${pricings}/containers?api-version=${at}`)).json()).toEqual(switched.json());
      expect((await get(`${pricings}?api-version=${at}`)).json<{ value: object[] }>().value.at(-1)).toEqual(
        switched.json(),
      );
    },
  );

  it('are switched only at the given etag', async () => {
    const { get, put, emitted } = await started();
    const {
      headers: { etag },
    } = await get(`${pricings}/Containers?${version}`);
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const headers of [{ 'if-match': '"nope"' }, { 'if-none-match': '*' }] as Record<string, string>[]) {
      const answer = await put('Containers', tier('Standard'), headers);
      expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([
        412,
        'PreconditionFailed',
      ]);
    }
    expect(await emitted('plan.changed')).toEqual([]);
    const both = await Promise.all(
      [1, 2].map(() => put('containers', tier('Standard'), { 'if-match': etag as string })),
    );
    expect(both.map(({ statusCode }) => String(statusCode)).toSorted()).toEqual(['200', '412']);
    const now = (await get(`${pricings}/Containers?${version}`)).headers.etag;
    expect([now, now === etag]).toEqual([both.find(({ statusCode }) => statusCode === 200)!.headers.etag, false]);
    expect((await get(`${pricings}/Containers?${version}`, { 'if-none-match': now as string })).statusCode).toBe(304);
  });

  it('are read and switched off even if they were never on', async () => {
    const { put, get, emitted } = await started();
    const read = (await get(`${pricings}/Containers?${version}`)).json<object>();
    expect(read).toEqual({
      id: `${pricings}/Containers`,
      name: 'Containers',
      type: 'Microsoft.Security/pricings',
      properties: { pricingTier: 'Free', freeTrialRemainingTime: 'PT0S' },
    });
    // Clients send back what they read, with one member changed.
    const answer = await put('Containers', read);
    expect([answer.statusCode, answer.json()]).toEqual([200, read]);
    expect(await emitted('plan.changed')).toMatchObject([{ plan: 'Containers', tier: 'Free' }]);
  });

  it('keep and show exactly the members that were sent', async () => {
    const { put, get } = await started();
    const shown = async () =>
      (await get(`${pricings}/Containers?${version}`)).json<{ properties: object }>().properties;
    const given = {
      subPlan: 'P1',
      enforce: 'False',
      extensions: [
        { name: 'ContainerRegistriesVulnerabilityAssessments', isEnabled: 'True' },
        {
          name: 'AgentlessDiscoveryForKubernetes',
          isEnabled: 'false',
          additionalExtensionProperties: { ExclusionTags: '[]', deep: { er: null } },
        },
      ],
    };
    await put('Containers', tier('Standard'));
    expect(Object.keys(await shown()).toSorted()).toEqual(['enablementTime', 'freeTrialRemainingTime', 'pricingTier']);
    expect((await put('Containers', { properties: { pricingTier: 'Standard', ...given } })).json()).toMatchObject({
      properties: given,
    });
    expect(await shown()).toMatchObject(given);
    // Members that only Azure's responses have may be sent back and change nothing.
    await put('Containers', {
      properties: {
        pricingTier: 'Standard',
        extensions: [{ ...given.extensions[0], operationStatus: { code: 'Succeeded' } }],
        inherited: 'False',
        resourcesCoverageStatus: 'FullyCovered',
      },
    });
    expect(await shown()).toEqual({
      pricingTier: 'Standard',
      freeTrialRemainingTime: 'PT0S',
      enablementTime: expect.any(String),
      subPlan: 'P1',
      enforce: 'False',
      extensions: [given.extensions[0]],
    });
    await put('Containers', { properties: { pricingTier: 'Standard', extensions: [] } });
    expect(await shown()).toMatchObject({ subPlan: 'P1', extensions: [] });
    await put('Containers', tier('Free'));
    expect(await shown()).toEqual({ pricingTier: 'Free', freeTrialRemainingTime: 'PT0S' });
    await put('Containers', tier('Standard'));
    expect(Object.keys(await shown()).toSorted()).toEqual(['enablementTime', 'freeTrialRemainingTime', 'pricingTier']);
  });

  describe('as Terraform has them', () => {
    interface Extension {
      name: string;
      isEnabled: string;
    }
    interface Properties {
      pricingTier: string;
      subPlan?: string;
      extensions?: Extension[];
    }
    interface Wanted {
      readonly subPlan?: string;
      readonly extensions?: readonly string[];
    }

    /**
     * Imitates the Azure provider: it sends all known extensions as off and the wanted extensions as on. It sends a
     * sub-plan only at creation, since a changed sub-plan replaces the plan.
     */
    const terraform = async (wanted: Wanted) => {
      const { put, get } = await started();
      const url = `${pricings}/Containers?${version}`;
      const read = async () => {
        const {
          pricingTier,
          subPlan,
          extensions = [],
        } = (await get(url)).json<{ properties: Properties }>().properties;
        return {
          tier: pricingTier,
          subPlan: subPlan ?? '',
          extensions: extensions.filter(({ isEnabled }) => isEnabled.toLowerCase() === 'true').map(({ name }) => name),
        };
      };
      const extensionsFor = async (extensions: readonly string[]): Promise<Extension[]> => {
        const known = (await get(url)).json<{ properties: Properties }>().properties.extensions ?? [];
        return [...new Set([...known.map(({ name }) => name), ...extensions])].map((name) => ({
          name,
          isEnabled: extensions.includes(name) ? 'True' : 'False',
        }));
      };
      const update = async ({ subPlan, extensions = [] }: Wanted) => {
        const answer = await put('Containers', {
          properties: {
            pricingTier: 'Standard',
            ...(subPlan ? { subPlan } : {}),
            extensions: await extensionsFor(extensions),
          },
        });
        expect(answer.statusCode).toBe(200);
      };
      expect((await read()).tier).toBe('Free');
      await update(wanted);
      await update(wanted);
      return {
        read,
        update: (extensions: readonly string[]) => update({ extensions }),
        destroy: () => put('Containers', tier('Free')),
        create: update,
      };
    };

    it.each<[string, Wanted]>([
      ['nothing but the tier', {}],
      ['a sub-plan', { subPlan: 'P1' }],
      ['extensions', { extensions: ['ContainerRegistriesVulnerabilityAssessments', 'AssayHardenedImages'] }],
      ['both', { subPlan: 'P1', extensions: ['ContainerSensor'] }],
    ])('come back as sent with %s, created, updated and read twice', async (_, wanted) => {
      const { read, update } = await terraform(wanted);
      const state = { tier: 'Standard', subPlan: wanted.subPlan ?? '', extensions: wanted.extensions ?? [] };
      expect([await read(), await read()]).toEqual([state, state]);
      await update(['ContainerSensor']);
      const changed = { ...state, extensions: ['ContainerSensor'] };
      expect([await read(), await read()]).toEqual([changed, changed]);
      // The second update must find nothing to change.
      await update(['ContainerSensor']);
      expect(await read()).toEqual(changed);
    });

    it('keep the time at which they were switched on', async () => {
      const { put, get } = await started();
      const enabled = async () =>
        (await get(`${pricings}/Containers?${version}`)).json<{ properties: { enablementTime?: string } }>().properties
          .enablementTime;
      await put('Containers', tier('Standard'));
      const first = await enabled();
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      await put('Containers', { properties: { pricingTier: 'Standard', subPlan: 'P1' } });
      expect([first, await enabled()]).toEqual([expect.stringMatching(/^\d{4}-/), first]);
      await put('Containers', tier('Free'));
      await put('Containers', tier('Standard'));
      expect(await enabled()).not.toBe(first);
    });

    it('are created again without earlier settings', async () => {
      const { read, destroy, create } = await terraform({ subPlan: 'P1', extensions: ['ContainerSensor'] });
      await destroy();
      await create({});
      expect(await read()).toEqual({ tier: 'Standard', subPlan: '', extensions: [] });
    });
  });

  it('are published with the request id and the trace of the request, if valid', async () => {
    const { put, log } = await started();
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    for (const headers of [
      { 'x-ms-client-request-id': 'mine', traceparent: trace },
      { 'x-ms-client-request-id': 'a'.repeat(257), traceparent: 'garbage' },
      { 'x-ms-client-request-id': 'a b', traceparent: `${trace}-more` },
    ]) {
      const answer = await put('Containers', tier('Free'), headers);
      expect([answer.statusCode, answer.headers['x-ms-client-request-id']]).toEqual([
        200,
        headers['x-ms-client-request-id'] === 'mine' ? 'mine' : undefined,
      ]);
    }
    const emitted: (string | undefined)[][] = [];
    for await (const { records } of log.read('plan.changed', 0, 0, await log.end('plan.changed', 0)))
      emitted.push(...records.map(({ headers }) => [headers.ce_id, headers.traceparent ?? headers.ce_traceparent]));
    const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/) as string;
    expect(emitted).toEqual([
      ['mine', trace],
      [uuid, undefined],
      [uuid, undefined],
    ]);
  });

  it('answer each of many switches at once', async () => {
    const { put, emitted } = await started();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        put(n % 2 ? 'Containers' : 'ContainerRegistry', tier(n % 3 ? 'Standard' : 'Free')),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
    expect(await emitted('plan.changed')).toHaveLength(8);
  });

  it('answer only what this instance has followed', async () => {
    const { put } = await started({}, new SlowLog(':memory:'));
    expect((await put('Containers', tier('Standard'))).json()).toMatchObject({
      properties: { pricingTier: 'Standard' },
    });
  });

  it('are not switched while the log refuses records', async () => {
    const { put, log } = await started();
    await log.close();
    const answer = await put('Containers', tier('Standard'));
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
  });

  it('require the token if there is one', async () => {
    const { get, put, emitted } = await started({ ASSAY_API_TOKEN: 'let-me-in' });
    const url = `${pricings}?${version}`;
    expect((await get(url)).statusCode).toBe(401);
    expect((await get(url, { authorization: 'Bearer let-me-IN' })).statusCode).toBe(401);
    expect((await put('Containers', tier('Standard'))).statusCode).toBe(401);
    expect(await emitted('plan.changed')).toEqual([]);
    expect((await get(url, { authorization: 'Bearer let-me-in' })).statusCode).toBe(200);
  });
});

describe('a subscription', () => {
  const registry = 'resourceGroups/a/providers/Microsoft.ContainerRegistry/registries/b';
  const write = { pricingTier: 'Standard' };

  it('without a setting, listing, registry or plan has no plans but for who may write all', async () => {
    const issuer = await TestIssuer.start();
    onTestFinished(() => issuer.close());
    const named = subscriptionId.replace(/.$/, 'a');
    const mistyped = subscriptionId.replace(/.$/, 'b');
    const planned = subscriptionId.replace(/.$/, 'c');
    const listed = subscriptionId.replace(/.$/, 'd');
    const grant = (sub: string, scope: string) => ({ principal: { sub }, role: 'Security Admin', scope });
    const { get, send, append, emitted } = await started({
      ASSAY_OIDC_ISSUER: issuer.issuer,
      ASSAY_OIDC_AUDIENCE: 'assay',
      ASSAY_ROLES: JSON.stringify([
        grant('ana', `/subscriptions/${named}`),
        grant('ana', `/subscriptions/${mistyped}`),
        grant('ana', `/subscriptions/${planned}`),
        grant('ana', `/subscriptions/${listed}`),
        grant('terraform', '/'),
      ]),
      ASSAY_SUBSCRIPTIONS: JSON.stringify([{ subscriptionId: named.toUpperCase(), subscriptionName: 'Named' }]),
    });
    const as = async (sub: string) => ({ authorization: `Bearer ${await issuer.token({ sub })}` });
    const ana = await as('ana');
    const answers = async (of: string, headers = ana): Promise<number[]> => {
      const plan = `/subscriptions/${of}/providers/Microsoft.Security/pricings`;
      const sent = [
        await get(`${plan}?${version}`, headers),
        await get(`${plan}/Containers?${version}`, headers),
        await get(`/assay/plans?subscription=${of}`, headers),
        await send('PUT', `${plan}/Containers?${version}`, { properties: write }, headers),
        await send('PUT', `/assay/plans/Containers?subscription=${of}`, { tier: 'Standard', why: 'a test' }, headers),
      ];
      return sent.map(({ statusCode }) => statusCode);
    };
    const [none, all] = [Array<number>(5).fill(404), Array<number>(5).fill(200)];
    expect(await answers(mistyped)).toEqual(none);
    expect(await emitted('plan.changed')).toEqual([]);
    expect(await answers(named)).toEqual(all);
    await append(observed({ subscriptionId: mistyped, registryId: `/subscriptions/${mistyped}/${registry}` }));
    await expect.poll(() => answers(mistyped)).toEqual(all);
    const lists = (removed: boolean) =>
      append(
        eventOf('subscription.observed', listed, {
          subscriptionId: listed.toUpperCase(),
          subscriptionName: 'Listed',
          discovery: 'prod',
          removed,
          by: 'discovery',
        }),
      );
    await lists(false);
    await expect.poll(() => get(`/assay/plans?subscription=${listed}`, ana).then((is) => is.statusCode)).toBe(200);
    await lists(true);
    await expect.poll(() => get(`/assay/plans?subscription=${listed}`, ana).then((is) => is.statusCode)).toBe(404);
    expect(await answers(planned)).toEqual(none);
    expect(await answers(planned, await as('terraform'))).toEqual(all);
    expect(await answers(planned)).toEqual(all);
  });
});

describe('how a plan assesses', () => {
  const why = 'a test';
  const hardened = (isEnabled: string, pricingTier = 'Standard') => ({
    properties: { pricingTier, extensions: [{ name: 'AssayHardenedImages', isEnabled }] },
  });

  const begun = async () => {
    const suite = await started();
    const set = (plan: string, body: object) =>
      suite.send('PUT', `/assay/plans/${plan}?subscription=${subscriptionId}`, body);
    const mode = async (of = 'Containers') => {
      const { value } = (await suite.get(`/assay/plans?subscription=${subscriptionId}`)).json<{
        value: { plan: string; mode: string; modeBy: string; tier: string; scans: boolean }[];
      }>();
      const { mode: is, modeBy, tier: at, scans } = value.find(({ plan }) => plan === of)!;
      return `${at}${scans ? '' : ', does not scan'}: ${is} by ${modeBy}`;
    };
    return { ...suite, set, mode };
  };

  it('is chosen by the plan, as in Azure', async () => {
    const { put, mode, emitted } = await begun();
    await put('ContainerRegistry', tier('Standard'));
    await put('Containers', tier('Standard'));
    expect([await mode('ContainerRegistry'), await mode()]).toEqual([
      'Standard: classic by plan',
      'Standard: extended by plan',
    ]);
    expect(await emitted('plan.changed')).toMatchObject([
      { plan: 'ContainerRegistry', mode: 'classic' },
      { plan: 'Containers', mode: 'extended' },
    ]);
  });

  it.each([
    ['ContainerRegistry', 'True', 'extended'],
    ['Containers', 'False', 'classic'],
    ['Containers', 'true', 'extended'],
  ] as const)('is chosen by the extension of %s: %s is %s', async (plan, isEnabled, expected) => {
    const { put, mode } = await begun();
    expect((await put(plan, hardened(isEnabled))).statusCode).toBe(200);
    expect(await mode(plan)).toBe(`Standard: ${expected} by extension`);
  });

  it('is set by a command, and kept when the plan is switched without a mode', async () => {
    const { put, set, mode, get } = await begun();
    expect((await set('Containers', { tier: 'Standard', mode: 'classic', why })).json()).toMatchObject({
      tier: 'Standard',
      scans: true,
      mode: 'classic',
      modeBy: 'command',
      by: 'anybody (assay)',
      why,
    });
    for (const properties of [
      {},
      { extensions: [] },
      { extensions: [{ name: 'ContainerSensor', isEnabled: 'True' }] },
      { subPlan: 'P1' },
    ]) {
      await put('Containers', { properties: { pricingTier: 'Standard', ...properties } });
      expect(await mode()).toBe('Standard: classic by command');
    }
    await put('Containers', tier('Free'));
    await put('Containers', tier('Standard'));
    expect(await mode()).toBe('Standard: classic by command');
    // The plan must not show the mode of the command.
    expect(
      (await get(`${pricings}/Containers?${version}`)).json<{ properties: object }>().properties,
    ).not.toHaveProperty('extensions');
    await set('Containers', { mode: 'plan', why });
    expect(await mode()).toBe('Standard: extended by plan');
  });

  it('follows the last change, by the plan or by a command', async () => {
    const { put, set, mode, get } = await begun();
    await put('Containers', hardened('False'));
    await set('Containers', { mode: 'extended', why });
    expect(await mode()).toBe('Standard: extended by command');
    expect((await get(`${pricings}/Containers?${version}`)).json()).toMatchObject({
      properties: hardened('False').properties,
    });
    await put('Containers', hardened('False'));
    expect(await mode()).toBe('Standard: classic by extension');
    await set('Containers', { mode: 'plan', why });
    expect(await mode()).toBe('Standard: classic by extension');
  });

  it('is shown with whether the plan scans', async () => {
    const { put, mode } = await begun();
    expect(await mode()).toBe('Free, does not scan: extended by plan');
    await put('Containers', {
      properties: {
        pricingTier: 'Standard',
        extensions: [{ name: 'ContainerRegistriesVulnerabilityAssessments', isEnabled: 'False' }],
      },
    });
    expect(await mode()).toBe('Standard, does not scan: extended by plan');
  });

  it.each<[string, string, object | undefined, number]>([
    ['no subscription', '/assay/plans/Containers', { mode: 'classic', why }, 400],
    ['one that is none', '/assay/plans/Containers?subscription=x', { mode: 'classic', why }, 400],
    ['nothing to set', `/assay/plans/Containers?subscription=${subscriptionId}`, { why }, 400],
    ['no reason', `/assay/plans/Containers?subscription=${subscriptionId}`, { mode: 'classic' }, 400],
    ['another mode', `/assay/plans/Containers?subscription=${subscriptionId}`, { mode: 'hardened', why }, 400],
    ['no body', `/assay/plans/Containers?subscription=${subscriptionId}`, undefined, 400],
    [
      'a plan that is none of ours',
      `/assay/plans/VirtualMachines?subscription=${subscriptionId}`,
      { mode: 'classic', why },
      400,
    ],
    ['an unknown plan', `/assay/plans/Toasters?subscription=${subscriptionId}`, { mode: 'classic', why }, 404],
  ])('is not set with %s', async (_, url, body, status) => {
    const { send, emitted } = await started();
    expect((await send('PUT', url, body)).statusCode).toBe(status);
    expect(await emitted('plan.changed')).toEqual([]);
  });

  it('lists every subscription that has a registry or was switched', async () => {
    const { get, set, append } = await begun();
    expect((await get('/assay/plans')).json()).toEqual({ value: [] });
    await append(
      observed({
        registryId:
          '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/a/' +
          'providers/Microsoft.ContainerRegistry/registries/b',
      }),
    );
    await set('Containers', { tier: 'Standard', why });
    await eventually(async () => (await get('/assay/plans')).json<{ value: object[] }>().value.length === 4);
    expect(
      (await get('/assay/plans'))
        .json<{ value: { subscriptionId: string; plan: string }[] }>()
        .value.map(({ subscriptionId: of, plan }) => `${of.slice(-1)} ${plan}`),
    ).toEqual(['1 ContainerRegistry', '1 Containers', '9 ContainerRegistry', '9 Containers']);
  });
});
