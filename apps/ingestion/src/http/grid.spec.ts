import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { CloudEvent, HTTP } from 'cloudevents';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { TestIssuer } from '../../../../libs/http/test/issuer.ts';
import { started } from '../../test/service.ts';
import { digest, registryId } from '../../test/fixtures.ts';
import { isCloudEvents, readCloudEvents } from './cloud-events.ts';
import { readEventGrid, validationOf } from './event-grid.ts';
import { readGridEvent } from './grid-event.ts';
import type { Receipt } from './intake.ts';

const path = '/ingest/eventgrid';
const authorization = 'Bearer s3cret';
const pushed = 'Microsoft.ContainerRegistry.ImagePushed';
const deleted = 'Microsoft.ContainerRegistry.ImageDeleted';

let ids = 0;
const dataOf = (action = 'push', target: object = {}) => ({
  id: 'of-the-registry',
  timestamp: '2026-11-24T09:15:02.123456789Z',
  action,
  location: 'westus',
  target: {
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    size: 524,
    digest,
    length: 524,
    repository: 'team/hello',
    tag: 'v1',
    ...target,
  },
  request: { id: 'x', host: 'liar.registry.test', method: 'PUT' },
});
const gridEvent = (more: object = {}, target: object = {}) => ({
  id: `grid-${(ids += 1)}`,
  topic: registryId,
  subject: 'team/hello:v1',
  eventType: pushed,
  eventTime: '2026-11-24T09:15:03.1234567Z',
  dataVersion: '1.0',
  metadataVersion: '1',
  data: dataOf('push', target),
  ...more,
});
const cloudEvent = (more: object = {}, target: object = {}) => ({
  specversion: '1.0',
  id: `cloud-${(ids += 1)}`,
  type: pushed,
  source: registryId,
  subject: 'team/hello:v1',
  time: '2026-11-24T09:15:03.1234567Z',
  datacontenttype: 'application/json',
  data: dataOf('push', target),
  ...more,
});
const validation = (more: object = {}) => ({
  ...gridEvent({
    subject: '',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    dataVersion: '2',
    data: { validationCode: '512d38b6', validationUrl: 'https://eventgrid.example.test/validate?id=512d38b6' },
  }),
  ...more,
});
const validationHeaders = { 'aeg-event-type': 'SubscriptionValidation' };

/** An empty registry, so that an inspection is final after one request. */
const emptyRegistry = async () => {
  const server = createServer((_, response) => {
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const service = async (env: Record<string, string> = {}) => {
  const loginServer = await emptyRegistry();
  const configured = { plainHttp: true, allowAddresses: ['127.0.0.0/8'], loginServer };
  const running = await started(
    [
      { registryId, ...configured, secret: 's3cret' },
      { registryId: `${registryId}2`, ...configured, loginServer: 'other.registry.test', secret: 'another' },
    ],
    { env },
  );
  const send = (method: 'POST' | 'OPTIONS', query: string, headers: object, body?: string | object) =>
    running.app.inject({
      method,
      url: `${path}${query}`,
      headers: headers as Record<string, string>,
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const post = (body: string | object, headers: object = {}) =>
    send(
      'POST',
      '',
      {
        authorization,
        'content-type': 'application/json; charset=utf-8',
        'aeg-event-type': 'Notification',
        ...headers,
      },
      body,
    );
  const stored = () => running.emitted('notification.received');
  return { ...running, loginServer, send, post, stored };
};

const codeIn = (answer: { json<T>(): T }): string => answer.json<{ error: { code: string } }>().error.code;

describe('Event Grid', () => {
  it('reads its own schema', async () => {
    const { post, stored, loginServer } = await service();
    const body = gridEvent();
    const answer = await post([body]);
    expect([answer.statusCode, answer.json<Receipt>()]).toEqual([200, { accepted: 1, ignored: {} }]);
    expect(await stored()).toMatchObject([
      {
        key: digest,
        data: {
          sender: 'event-grid',
          senderEventId: body.id,
          action: 'push',
          registryId,
          loginServer,
          repository: 'team/hello',
          digest,
          tag: 'v1',
          occurredAt: '2026-11-24T09:15:02.123Z',
          body,
        },
      },
    ]);
  });

  it.each(['', '; charset=utf-8'])(
    'reads CloudEvents, one, many, and in headers, as the official library writes them (%s)',
    async (charset) => {
      const { post, stored } = await service();
      const event = new CloudEvent(cloudEvent());
      const binary = HTTP.binary(event);
      const structured = HTTP.structured(event.cloneWith({ id: 'structured' }));
      const answers = [
        await post(binary.body as string, { ...binary.headers, 'content-type': `application/json${charset}` }),
        await post(structured.body as string, { 'content-type': `application/cloudevents+json${charset}` }),
        await post(
          [
            cloudEvent({ id: 'one' }),
            cloudEvent({ id: 'two', type: deleted, data: dataOf('delete', { tag: undefined }) }),
          ],
          { 'content-type': `application/cloudevents-batch+json${charset}` },
        ),
        await post(cloudEvent({ id: 'plain' })),
        await post(
          cloudEvent({
            id: 'base64',
            data: undefined,
            data_base64: Buffer.from(JSON.stringify(dataOf())).toString('base64'),
          }),
          { 'content-type': `application/cloudevents+json${charset}` },
        ),
      ];
      expect(answers.map((answer) => [answer.statusCode, answer.json<Receipt>()])).toEqual(
        [1, 1, 2, 1, 1].map((accepted) => [200, { accepted, ignored: {} }]),
      );
      const notifications = await stored();
      expect(notifications.map(({ data }) => data.senderEventId)).toEqual([
        event.id,
        'structured',
        'one',
        'two',
        'plain',
        'base64',
      ]);
      for (const { data } of notifications)
        expect(data).toMatchObject({
          sender: 'cloud-event',
          registryId,
          repository: 'team/hello',
          digest,
          occurredAt: '2026-11-24T09:15:02.123Z',
        });
    },
  );

  it('finds the registry by its topic in any case, and takes the time of the event if the data has none', async () => {
    const { post, stored } = await service();
    await post([gridEvent({ topic: registryId!.toUpperCase(), data: { ...dataOf(), timestamp: undefined } })]);
    expect(await stored()).toMatchObject([{ data: { registryId, occurredAt: '2026-11-24T09:15:03.123Z' } }]);
  });

  it('makes one push of ten requests at once, another schema and a webhook', async () => {
    const { post, app, emitted, loginServer } = await service();
    const events = [gridEvent()];
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => post(events)),
      post(cloudEvent(), { 'content-type': 'application/cloudevents+json' }),
      app.inject({
        method: 'POST',
        url: '/ingest/acr',
        headers: { authorization },
        payload: { ...dataOf(), id: 'by-webhook', request: { host: loginServer } },
      }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).filter((status) => status !== 200)).toEqual([202]);
    await eventually(async () => (await emitted('image.pushed')).length > 0);
    await pause(50);
    expect(await emitted('image.pushed')).toHaveLength(1);
  });

  it.each<[string, object, Record<string, number>]>([
    [
      'a chart',
      { eventType: 'Microsoft.ContainerRegistry.ChartPushed', data: dataOf('chart_push') },
      { chart_push: 1 },
    ],
    ['a chart that goes', { eventType: 'Microsoft.ContainerRegistry.ChartDeleted' }, { chart_delete: 1 }],
    ['a type of tomorrow', { eventType: 'Microsoft.ContainerRegistry.ImageSung' }, { 'unknown-type': 1 }],
    [
      'another source',
      { eventType: 'Microsoft.Storage.BlobCreated', topic: '/subscriptions/x/storage' },
      { 'unknown-type': 1 },
    ],
    [
      'a subscription that ends',
      { eventType: 'Microsoft.EventGrid.SubscriptionDeletedEvent' },
      { 'subscription-deleted': 1 },
    ],
  ])('gets 200 for %s, and nothing is stored', async (_, more, ignored) => {
    const { post, stored } = await service();
    const answer = await post([gridEvent(more)]);
    expect([answer.statusCode, answer.json<Receipt>()]).toEqual([200, { accepted: 0, ignored }]);
    expect(await stored()).toEqual([]);
  });

  it('gets 400 for invalid events, and nothing is stored', async () => {
    const { post, stored } = await service();
    const bodies = [
      '',
      '{',
      'null',
      '7',
      '"x"',
      '{}',
      '[1]',
      gridEvent(),
      [gridEvent(), gridEvent({ id: undefined })],
      [gridEvent(), gridEvent({ topic: 7 })],
      [gridEvent(), {}],
      [cloudEvent(), gridEvent()],
      cloudEvent({ specversion: '0.3' }),
      [cloudEvent({ source: '' })],
      JSON.stringify([gridEvent()]).replace('"id":', '"id":"another","id":'),
      `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
    ];
    for (const body of bodies) {
      const answer = await post(body);
      expect([answer.statusCode, codeIn(answer)]).toEqual([400, 'InvalidRequestContent']);
    }
    const inHeaders = await post(dataOf(), { 'ce-specversion': '1.0', 'ce-type': pushed, 'ce-source': registryId! });
    expect([inHeaders.statusCode, await stored()]).toEqual([400, []]);
  });

  it.each<[string, object, string]>([
    ['topic', gridEvent({ topic: undefined }), "The event has no 'topic'"],
    ['eventType', gridEvent({ eventType: undefined }), "The event has no 'eventType'"],
    ['id', gridEvent({ id: '' }), "The event has no 'id'"],
    ['source', cloudEvent({ source: undefined }), "The event has no 'source'"],
    ['type', cloudEvent({ type: 5 }), "The event has no 'type'"],
  ])('is informed which attribute an event lacks: %s', async (_, event, message) => {
    const { post, stored } = await service();
    for (const body of [[event], [gridEvent(), event].slice('specversion' in event ? 1 : 0)]) {
      const answer = await post(body);
      expect([answer.statusCode, codeIn(answer)]).toEqual([400, 'InvalidRequestContent']);
      expect(answer.json<{ error: { message: string } }>().error.message).toContain(message);
    }
    expect(await stored()).toEqual([]);
  });

  it('gets 400 for a broken push, which is skipped beside valid ones', async () => {
    const { post, stored } = await service();
    for (const broken of [
      gridEvent({ data: null }),
      gridEvent({}, { digest: 'sha256:../../x' }),
      gridEvent({}, { repository: '../x' }),
      gridEvent({}, { tag: 'a b' }),
      gridEvent({}, { digest: undefined }),
    ]) {
      const answer = await post([broken, gridEvent({ eventType: 'x' })]);
      expect([answer.statusCode, codeIn(answer)]).toEqual([400, 'InvalidRequestContent']);
    }
    expect(await stored()).toEqual([]);
    expect((await post([gridEvent(), gridEvent({}, { digest: 'md5:1' })])).json<Receipt>()).toEqual({
      accepted: 1,
      ignored: { 'bad-digest': 1 },
    });
    expect(await stored()).toHaveLength(1);
  });

  it.each([`${registryId}3`, `${registryId}2`, 'constructor', '__proto__'])(
    'is asked to send a request about another registry again, and nothing is stored: %s',
    async (about) => {
      const { post, stored } = await service();
      for (const answer of [
        await post([gridEvent(), gridEvent({ topic: about })]),
        await post([cloudEvent(), cloudEvent({ source: about })]),
      ])
        expect([answer.statusCode, codeIn(answer)]).toEqual([404, 'RegistryNotFound']);
      expect(await stored()).toEqual([]);
    },
  );

  it('gets 413 for a body that is too large, and 503 while the store is down', async () => {
    const { post, log, stored } = await service();
    const large = await post([gridEvent({ padding: 'x'.repeat(9 * 2 ** 20) })]);
    expect([large.statusCode, await stored()]).toEqual([413, []]);
    await log.close();
    const answer = await post([gridEvent(), gridEvent()]);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
  });
});

describe('a subscription of Event Grid', () => {
  it('is confirmed with its code', async () => {
    const { post, stored } = await service();
    const answer = await post([validation()], validationHeaders);
    expect([answer.statusCode, answer.headers['content-type'], answer.json()]).toEqual([
      200,
      expect.stringContaining('application/json'),
      { validationResponse: '512d38b6' },
    ]);
    expect(await stored()).toEqual([]);
  });

  it('is not confirmed for a registry of others', async () => {
    const { post } = await service();
    for (const topic of [`${registryId}2`, '/subscriptions/x', 'constructor'])
      expect(codeIn(await post([validation({ topic })], validationHeaders))).toBe('RegistryNotFound');
  });

  it.each<[string, unknown, object]>([
    ['only the header says so', [gridEvent()], validationHeaders],
    ['only the event says so', [validation()], {}],
    ['there is no code', [validation({ data: {} })], validationHeaders],
    ['there are two', [validation(), validation()], validationHeaders],
    ['there is none', [], validationHeaders],
  ])('is not confirmed if %s', async (_, body, headers) => {
    const { post, stored } = await service();
    const answer = await post(body as object, headers);
    expect([answer.statusCode, codeIn(answer), await stored()]).toEqual([400, 'InvalidRequestContent', []]);
  });

  it('is accepted in the handshake of CloudEvents for a listed origin', async () => {
    const { send } = await service();
    const answer = await send('OPTIONS', '', {
      authorization,
      'webhook-request-origin': 'eventgrid.azure.net',
      'webhook-request-callback': 'https://eventgrid.example.test/x',
      'webhook-request-rate': '120',
    });
    expect([
      answer.statusCode,
      answer.headers['webhook-allowed-origin'],
      answer.headers['webhook-allowed-rate'],
      answer.headers.allow,
    ]).toEqual([200, 'eventgrid.azure.net', '*', 'POST, OPTIONS']);
  });

  it('is refused for any other origin', async () => {
    const { send } = await service();
    const answers = [
      await send('OPTIONS', '', { authorization, 'webhook-request-origin': 'eventgrid.azure.net.attacker.test' }),
      await send('OPTIONS', '', { authorization }),
    ];
    expect(
      answers.map((answer) => [answer.statusCode, codeIn(answer), answer.headers['webhook-allowed-origin']]),
    ).toEqual([
      [403, 'OriginNotAllowed', undefined],
      [400, 'InvalidRequestContent', undefined],
    ]);
  });
});

describe('a sender of events', () => {
  const good: [string, string, object][] = [
    ['as Bearer', '', { authorization }],
    ['as a key', '', { 'aeg-sas-key': 's3cret' }],
    ['in the query', '?code=s3cret', {}],
  ];
  const bad: [string, string, object][] = [
    ['nothing', '', {}],
    ['a wrong secret', '', { authorization: 'Bearer wrong' }],
    ['a wrong key', '', { 'aeg-sas-key': 'S3CRET' }],
    ['a wrong code', '?code=wrong', {}],
    ['an empty code', '?code=', {}],
    ['a key and a code', '?code=s3cret', { 'aeg-sas-key': 's3cret' }],
    ['a right key beside a wrong secret', '', { authorization: 'Bearer wrong', 'aeg-sas-key': 's3cret' }],
    ['another scheme', '', { authorization: 'Basic s3cret' }],
    ['it under another name', '?secret=s3cret', {}],
  ];

  it.each(good)('that shows the secret %s is accepted', async (_, query, headers) => {
    const { send } = await service();
    expect((await send('POST', query, headers, [gridEvent()])).json<Receipt>().accepted).toBe(1);
    expect((await send('POST', query, { ...headers, ...validationHeaders }, [validation()])).statusCode).toBe(200);
    expect(
      (await send('OPTIONS', query, { ...headers, 'webhook-request-origin': 'eventgrid.azure.net' })).statusCode,
    ).toBe(200);
  });

  it.each(bad)('that shows %s is refused everything, and nothing is stored', async (_, query, headers) => {
    const { send, stored } = await service();
    const answers = [
      await send('POST', query, headers, [gridEvent()]),
      await send('POST', query, { ...headers, 'content-type': 'application/cloudevents+json' }, cloudEvent()),
      await send('POST', query, headers, '{'),
      await send('POST', query, headers, [gridEvent({ topic: undefined })]),
      await send('POST', query, { ...headers, ...validationHeaders }, [validation()]),
      await send('OPTIONS', query, { ...headers, 'webhook-request-origin': 'eventgrid.azure.net' }),
    ];
    for (const answer of answers) {
      expect([
        answer.statusCode,
        answer.headers['www-authenticate'],
        answer.headers['webhook-allowed-origin'],
        codeIn(answer),
      ]).toEqual([401, 'Bearer', undefined, 'AuthenticationFailed']);
      expect(answer.body).not.toContain('s3cret');
    }
    await pause(20);
    expect(await stored()).toEqual([]);
  });

  it.each(['?code=s3cret&code=s3cret', '?code=s3cret&Code=wrong'])(
    'that shows two codes is refused, and nothing is stored: %s',
    async (query) => {
      const { send, stored } = await service();
      for (const answer of [
        await send('POST', query, {}, [gridEvent()]),
        await send('POST', query, validationHeaders, [validation()]),
        await send('OPTIONS', query, { 'webhook-request-origin': 'eventgrid.azure.net' }),
      ]) {
        expect([answer.statusCode, answer.headers['webhook-allowed-origin'], codeIn(answer)]).toEqual([
          400,
          undefined,
          'DuplicateQueryParameter',
        ]);
        expect(answer.body).not.toContain('s3cret');
      }
      await pause(20);
      expect(await stored()).toEqual([]);
    },
  );

  it('may show a token of the trusted issuer, and speaks for the registries of its role', async () => {
    const issuer = await TestIssuer.start();
    onTestFinished(() => issuer.close());
    const assignments = [
      { principal: { roles: 'sender' }, role: 'AzureEventGridSecureWebhookSubscriber', scope: registryId },
      { principal: { roles: 'other' }, role: 'Event Sender', scope: `${registryId}2` },
      { principal: { roles: 'reader' }, role: 'Security Reader', scope: '/' },
    ];
    const { send, stored } = await service({
      ASSAY_OIDC_ISSUER: issuer.issuer,
      ASSAY_OIDC_AUDIENCE: 'assay',
      ASSAY_ROLES: JSON.stringify(assignments),
    });
    const with_ = async (claims: object, options = {}) => ({
      authorization: `Bearer ${await issuer.token({ ...claims }, options)}`,
    });
    const answers = async (headers: object, query = '') => [
      await send('POST', query, headers, [gridEvent()]),
      await send('POST', query, { ...headers, ...validationHeaders }, [validation()]),
      await send('OPTIONS', query, { ...headers, 'webhook-request-origin': 'eventgrid.azure.net' }),
    ];
    const statuses = async (headers: object, query?: string) =>
      (await answers(headers, query)).map(({ statusCode }) => statusCode);
    expect(await statuses(await with_({ roles: ['sender'] }))).toEqual([200, 200, 200]);
    expect(await statuses({ authorization })).toEqual([200, 200, 200]);
    expect(await stored()).toHaveLength(2);
    expect(await statuses(await with_({ roles: ['other'] }))).toEqual([404, 404, 200]);
    expect(await statuses(await with_({ roles: ['reader'] }))).toEqual([403, 403, 403]);
    for (const headers of [
      await with_({ roles: ['sender'], exp: 1 }),
      await with_({ roles: ['sender'], aud: 'another' }),
      await with_({ roles: ['sender'], iss: 'https://another.test' }),
      { authorization: 'Bearer x.y.z' },
      {},
    ])
      expect(await statuses(headers)).toEqual([401, 401, 401]);
    // A token is accepted only in the header for tokens.
    const token = await issuer.token({ roles: ['sender'] });
    expect([
      await statuses({ 'aeg-sas-key': token }),
      await statuses({}, `?code=${token}`),
      await statuses(await with_({ roles: ['sender'] }), '?code=s3cret'),
    ]).toEqual(Array.from({ length: 3 }, () => [401, 401, 401]));
    expect(await stored()).toHaveLength(2);
  });

  it('gets 503 while the keys of its issuer cannot be fetched', async () => {
    const issuer = await TestIssuer.start();
    onTestFinished(() => issuer.close());
    issuer.down = true;
    const { send, stored } = await service({
      ASSAY_OIDC_ISSUER: issuer.issuer,
      ASSAY_OIDC_AUDIENCE: 'assay',
      ASSAY_ROLES: JSON.stringify([{ principal: { sub: 'ana' }, role: 'Event Sender', scope: '/' }]),
    });
    const answer = await send('POST', '', { authorization: `Bearer ${await issuer.token()}` }, [gridEvent()]);
    expect([answer.statusCode, await stored()]).toEqual([503, []]);
  });
});

it('reading an event never throws, for any body', () =>
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.dictionary(fc.string(), fc.string()), (one, two, headers) => {
      for (const body of [
        one,
        [one, two],
        gridEvent({ data: one, eventTime: two }),
        [gridEvent({ data: one, eventTime: two })],
        [gridEvent({ topic: one, id: two })],
      ]) {
        const events = readEventGrid(body) ?? [];
        validationOf('SubscriptionValidation', events);
        for (const event of events) readGridEvent(event, '2026-11-24T09:15:02.345Z');
      }
      for (const body of [
        one,
        [one, two],
        cloudEvent({ data: one, time: two }),
        cloudEvent({ source: one, data_base64: two }),
      ]) {
        isCloudEvents(headers, body);
        for (const event of readCloudEvents({ ...headers, 'ce-id': '%' }, body) ?? [])
          readGridEvent(event, '2026-11-24T09:15:02.345Z');
      }
    }),
  ));
