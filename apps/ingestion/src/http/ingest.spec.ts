import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catalogue } from '@assay/telemetry';
import { collectMetrics, eventually } from '@assay/testing';
import { started } from '../../test/service.ts';
import { digest, registryId } from '../../test/fixtures.ts';
import type { Receipt } from './intake.ts';
import { otherKinds } from './notification.ts';

const envelopeType = 'application/vnd.docker.distribution.events.v1+json';
const image = 'application/vnd.oci.image.manifest.v1+json';
const authorization = 'Bearer s3cret';

/** A registry that must not be called in these tests; it counts the calls. */
const canary = async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests };
};

const service = async () => {
  const registry = await canary();
  const foreign = await canary();
  const configured = { loginServer: registry.host, plainHttp: true, allowAddresses: ['127.0.0.0/8'] };
  const running = await started([
    { registryId, ...configured, secret: 's3cret' },
    { registryId: `${registryId}2`, ...configured, loginServer: 'other.registry.test', secret: 'another' },
  ]);
  const post = (
    path: string,
    payload: string | object,
    headers: Record<string, string | string[]> = { authorization },
  ) =>
    running.app.inject({
      method: 'POST',
      url: path,
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      headers: { 'content-type': path.includes('acr') ? 'application/json' : envelopeType, ...headers } as Record<
        string,
        string
      >,
    });
  const stored = () => running.emitted('notification.received');
  let ids = 0;
  const event = (data: object = {}, target: object = {}) => ({
    id: `event-${(ids += 1)}`,
    timestamp: '2026-11-24T09:15:02.123456789Z',
    action: 'push',
    target: { mediaType: image, digest, repository: 'team/hello', tag: 'v1', ...target },
    request: { host: registry.host },
    ...data,
  });
  return { ...running, registry, foreign, post, stored, event };
};

describe('a sender of notifications', () => {
  it.each<[string, string, Record<string, string | string[]>]>([
    ['nothing', '', {}],
    ['a wrong secret', '', { authorization: 'Bearer wrong' }],
    ['the right secret in another case', '', { authorization: 'Bearer S3CRET' }],
    ['the right secret in the query', '?authorization=Bearer%20s3cret&code=s3cret&secret=s3cret', {}],
    ['another scheme', '', { authorization: 'Basic s3cret' }],
    ['an empty secret', '', { authorization: 'Bearer ' }],
  ])('E1: that shows %s is refused, and nothing is stored', async (_, query, headers) => {
    const { post, event, stored, registry } = await service();
    for (const [path, body] of [
      ['/ingest/registry', { events: [event()] }],
      ['/ingest/acr', event()],
    ] as const) {
      const answer = await post(`${path}${query}`, body, headers);
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(answer.body).not.toContain('s3cret');
    }
    await pause(20);
    expect([await stored(), registry.requests()]).toEqual([[], 0]);
  });

  it('that sends an ambiguous body is not accepted', async () => {
    const { post, event, stored } = await service();
    const twice = (body: object): string =>
      JSON.stringify(body).replace('"action":"push"', '"action":"push","action":"delete"');
    expect((await post('/ingest/acr', twice(event()))).statusCode).toBe(400);
    // A registry of this kind repeats a refused envelope for ever.
    const answer = await post('/ingest/registry', twice({ events: [event()] }));
    expect([answer.statusCode, answer.json()]).toEqual([202, { accepted: 0, ignored: { 'not-an-envelope': 1 } }]);
    await pause(20);
    expect(await stored()).toEqual([]);
  });

  it('E1: and shows the right secret twice is refused', async () => {
    const { app, event, stored } = await service();
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const body = JSON.stringify({ events: [event()] });
    // `fetch` would join the two headers.
    const statusOf = (...secrets: string[]) =>
      new Promise<number>((resolve, reject) => {
        const headers = [
          'host',
          `127.0.0.1:${port}`,
          'content-type',
          envelopeType,
          'content-length',
          String(Buffer.byteLength(body)),
          ...secrets.flatMap((secret) => ['Authorization', secret]),
        ];
        const sent = request(
          { port, host: '127.0.0.1', path: '/ingest/registry', method: 'POST', headers, agent: false },
          (answer) => resolve(answer.resume().statusCode!),
        );
        sent.once('error', reject).end(body);
      });
    expect([
      await statusOf(authorization, authorization),
      await statusOf('Bearer wrong', authorization),
      await stored(),
    ]).toEqual([400, 400, []]);
    expect(await statusOf(authorization)).toBe(202);
  });

  it('E3: of a registry that is not onboarded gets 2xx, and nothing is stored or requested', async () => {
    const { post, event, stored, foreign } = await service();
    const body = event(
      { request: { host: foreign.host } },
      { url: `http://${foreign.host}/v2/team/hello/manifests/${digest}` },
    );
    for (const [path, payload] of [
      ['/ingest/registry', { events: [body] }],
      ['/ingest/acr', body],
    ] as const) {
      const answer = await post(path, payload);
      expect([answer.statusCode, answer.json<Receipt>()]).toEqual([
        202,
        { accepted: 0, ignored: { 'unknown-registry': 1 } },
      ]);
    }
    await pause(50);
    expect([await stored(), foreign.requests()]).toEqual([[], 0]);
  });

  it('E3: of a registry whose secret is another is answered 2xx, and nothing is stored', async () => {
    const { post, event, stored } = await service();
    expect(
      (
        await post('/ingest/registry', { events: [event({ request: { host: 'other.registry.test' } })] })
      ).json<Receipt>(),
    ).toEqual({ accepted: 0, ignored: { 'not-allowed-for-registry': 1 } });
    expect(await stored()).toEqual([]);
  });

  it('E3: is counted by the outcome of each notification', async () => {
    const metrics = collectMetrics();
    onTestFinished(() => metrics.close());
    const { post, event, registry } = await service();
    const [mine, other] = [registry.host, 'other.registry.test'];
    const counted = async () =>
      new Map(
        (await metrics.of('assay.notifications')).map(({ labels: { outcome, registry: of }, value }) => [
          [outcome, ...(of === undefined ? [] : [of])].join(' '),
          value,
        ]),
      );
    const zeros = [
      ...catalogue['assay.notifications'].labels.outcome.map((outcome) => [outcome, 0] as const),
      [`accepted ${mine}`, 0],
      [`not-allowed-for-registry ${mine}`, 0],
      [`accepted ${other}`, 0],
      [`not-allowed-for-registry ${other}`, 0],
    ] as const;
    expect(await counted()).toEqual(new Map(zeros));
    await post('/ingest/registry', {
      events: [
        event({ request: { host: 'made.up' } }),
        event(),
        event(),
        event({ action: 'sing' }),
        event({ request: { host: other.toUpperCase() } }),
      ],
    });
    expect(await counted()).toEqual(
      new Map([
        ...zeros,
        ['unknown-registry', 1],
        ['ignored', 1],
        [`accepted ${mine}`, 2],
        [`not-allowed-for-registry ${other}`, 1],
      ]),
    );
  });

  it('that notifies of anything but pushes and deletions of images is counted as ignored, by one outcome', async () => {
    const metrics = collectMetrics();
    onTestFinished(() => metrics.close());
    const { post, event } = await service();
    const gridEvent = (type: string) => ({ id: type, eventType: type, topic: registryId, data: {} });
    const bodies: readonly (readonly [string, object])[] = [
      ...['ping', 'quarantine', 'chart_push', 'chart_delete', 'sing'].map(
        (action) => ['/ingest/acr', event({ action })] as const,
      ),
      [
        '/ingest/registry',
        {
          events: [
            event({ action: 'pull' }),
            event({ action: 'mount' }),
            event({ action: 'sing' }),
            event({}, { mediaType: 'application/octet-stream' }),
            event({}, { mediaType: 'application/vnd.example.layer' }),
          ],
        },
      ],
      [
        '/ingest/eventgrid',
        [
          'Microsoft.ContainerRegistry.ChartPushed',
          'Microsoft.ContainerRegistry.ChartDeleted',
          'Microsoft.EventGrid.SubscriptionDeletedEvent',
          'Microsoft.Storage.BlobCreated',
        ].map(gridEvent),
      ],
    ];
    const kinds = new Set<string>();
    for (const [path, body] of bodies)
      for (const kind of Object.keys((await post(path, body)).json<Receipt>().ignored)) kinds.add(kind);
    expect(kinds).toEqual(new Set(otherKinds));
    const counted = (await metrics.of('assay.notifications')).filter(({ value }) => value > 0);
    expect(counted.map(({ labels: { outcome }, value }) => [outcome, value])).toEqual([['ignored', 14]]);
  });

  it.each([
    ['repository', { repository: '../x' }, 'bad-repository'],
    ['digest', { digest: 'sha256:1' }, 'bad-digest'],
  ])('gets 400 from the route of ACR for an invalid %s', async (_, target, reason) => {
    const { post, event } = await service();
    const answer = await post('/ingest/acr', event({}, target));
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([
      400,
      'InvalidRequestContent',
    ]);
    expect(answer.body).toContain(reason);
  });

  it('E3: is counted without a registry if it shows no secret that is known', async () => {
    const metrics = collectMetrics();
    onTestFinished(() => metrics.close());
    const { post, event, app } = await service();
    await post('/ingest/acr', event(), { authorization: 'Bearer of-yesterday' });
    await post('/ingest/registry', { events: [event(), event()] }, {});
    await post('/ingest/eventgrid?code=of-yesterday', [], {});
    await app.inject({ method: 'OPTIONS', url: '/ingest/eventgrid' });
    await post('/ingest/nothing', event(), {});
    const counted = (await metrics.of('assay.notifications')).filter(({ value }) => value > 0);
    expect(counted.map(({ labels: { outcome, registry }, value }) => [outcome, registry, value])).toEqual([
      ['unauthenticated', undefined, 3],
    ]);
  });
});

describe('a notification', () => {
  it.each(
    [
      'application/json',
      'application/vnd.docker.distribution.events.v1+json',
      'application/vnd.docker.distribution.events.v2+json',
      'application/cloudevents+json',
      'text/plain',
    ].flatMap((type) => [type, `${type}; charset=utf-8`]),
  )('is read as %s', async (type) => {
    const { post, event, stored } = await service();
    expect(
      (await post('/ingest/registry', { events: [event()] }, { authorization, 'content-type': type })).json<Receipt>(),
    ).toEqual({ accepted: 1, ignored: {} });
    expect((await post('/ingest/acr', event(), { authorization, 'content-type': type })).json<Receipt>()).toEqual({
      accepted: 1,
      ignored: {},
    });
    expect(await stored()).toHaveLength(2);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', '{"events":['],
    ['another shape', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['what is no event', '{"events":[1,null,"x",[]]}'],
    ['an action of tomorrow', '{"events":[{"id":"1","action":"fly","target":{}}]}'],
    ['a deep nest', `{"events":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}`],
  ])('gets 2xx from the route of registries for %s, and the next good event is accepted', async (_, body) => {
    const { post, event, stored } = await service();
    const answer = await post('/ingest/registry', body);
    expect(answer.statusCode).toBe(202);
    expect(answer.json<Receipt>().accepted).toBe(0);
    expect(await stored()).toEqual([]);
    expect((await post('/ingest/registry', { events: [event()] })).json<Receipt>().accepted).toBe(1);
  });

  it.each(['', '{', '[]', 'null', '7', '{}', '{"action":"push"}', '{"action":{}}'])(
    'gets 400 from the route of ACR for %j',
    async (body) => {
      const { post, stored } = await service();
      const answer = await post('/ingest/acr', body);
      expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([
        400,
        'InvalidRequestContent',
      ]);
      expect(await stored()).toEqual([]);
    },
  );

  it.each(['ping', 'quarantine', 'chart_push', 'chart_delete', 'sing'])(
    'gets 202 from the route of ACR for %s, and is dropped',
    async (action) => {
      const { post, event, stored } = await service();
      expect((await post('/ingest/acr', event({ action }))).statusCode).toBe(202);
      expect(await stored()).toEqual([]);
    },
  );

  it('of many is stored at once, if it is understood', async () => {
    const { post, event, stored, aboutTags, registry } = await service();
    const answer = await post('/ingest/registry', {
      events: [
        event(),
        event({ action: 'pull' }),
        event({}, { mediaType: 'application/octet-stream' }),
        event({}, { digest: `sha256:${'d'.repeat(64)}` }),
        event({ action: 'delete' }, { digest: undefined }),
      ],
    });
    expect(answer.json<Receipt>()).toEqual({ accepted: 3, ignored: { pull: 1, blob: 1 } });
    expect(await stored()).toHaveLength(2);
    const key = `${registry.host}/team/hello:v1`;
    expect((await aboutTags()).map((each) => [each.key, each.data.action])).toEqual([
      [key, 'push'],
      [key, 'push'],
      [key, 'delete'],
    ]);
  });

  it('is stored as received, under an id that a repeat has too', async () => {
    const { post, event, stored, registry } = await service();
    const body = event();
    await post('/ingest/registry', { events: [body] });
    await post('/ingest/registry', { events: [body] });
    const [first, second] = await stored();
    expect(first).toMatchObject({
      key: digest,
      data: {
        sender: 'distribution',
        senderEventId: body.id,
        registryId,
        loginServer: registry.host,
        repository: 'team/hello',
        digest,
        tag: 'v1',
        occurredAt: '2026-11-24T09:15:02.123Z',
        body,
      },
    });
    expect(second!.id).toBe(first!.id);
  });

  it('is stored without its body if that is too large, or too deep to be written', async () => {
    const { post, event, stored } = await service();
    await post('/ingest/registry', { events: [event({ actor: { name: 'é'.repeat(40_000) } })] });
    const deep = JSON.stringify({ events: [event({ actor: 0 })] }).replace(
      '"actor":0',
      `"actor":${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    );
    expect((await post('/ingest/registry', deep)).json<Receipt>()).toEqual({ accepted: 1, ignored: {} });
    expect((await stored()).map(({ data }) => 'body' in data)).toEqual([false, false]);
  });

  it('sent ten times at once makes one push', async () => {
    const { post, event, emitted } = await service();
    const body = { events: [event()] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/ingest/registry', body)));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    await eventually(async () => (await emitted('image.pushed')).length > 0);
    await pause(50);
    expect(await emitted('image.pushed')).toMatchObject([{ data: { digest, inspection: { code: 'gone' } } }]);
  });

  it.each(['/ingest/registry', '/ingest/acr'])('at %s gets 503 while the store is down', async (path) => {
    const { post, event, log } = await service();
    await log.close();
    const answer = await post(path, path.endsWith('acr') ? event() : { events: [event(), event()] });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    // A notification that stores nothing needs no retry.
    expect((await post('/ingest/registry', { events: [event({ action: 'pull' })] })).statusCode).toBe(202);
  });
});
