import { connect, type AddressInfo } from 'node:net';
import { Body, Controller, Get, HttpCode, Module, Post, Put, Req, UseGuards } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notFound } from '@assay/arm';
import {
  apiVersions,
  armApplication,
  LaterVersions,
  Needs,
  Paging,
  publicBaseSettings,
  securityApiVersions,
  sharedToken,
  Shown,
  type ArmRequest,
  type HttpAnswer,
} from './index.ts';

class Plan {
  @IsString() name: string;
  @IsIn(['Free', 'Standard']) tier: string;
  @IsOptional() @IsString() note?: string;
  @Shown() id?: unknown;
}

@Controller()
@Needs('findings/read')
class Thing {
  constructor(private readonly paging: Paging) {}

  @Get('subscriptions/:id/things')
  @UseGuards(apiVersions(securityApiVersions))
  list(@Req() request: ArmRequest): object {
    const after = this.paging.position<number>(request) ?? 0;
    return { value: [after], ...(after < 2 ? { nextLink: this.paging.nextLink(request, after + 1) } : {}) };
  }

  @Get('subscriptions/:id/nothing') nothing(): never {
    throw notFound('SubscriptionNotFound', 'There is no such subscription.', 'id');
  }
  @Get('subscriptions/:id/broken') broken(): never {
    throw new Error('secret at /etc/passwd');
  }
  @Put('subscriptions/:id/plan') plan(@Body() plan: Plan): Plan {
    return plan;
  }
}

/** Has a secret of its own, or none. */
@Controller()
class Hook {
  @Post('hook') @HttpCode(200) hook(@Body() body: unknown): unknown {
    return { got: body ?? null };
  }
}

@Module({ controllers: [Thing, Hook] })
class Things {}

const started = async (options = {}): Promise<NestFastifyApplication> => {
  const app = await armApplication(Things, { signingKey: 'k', ...options });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
};

describe('an application in the style of Azure Resource Manager', () => {
  let app: NestFastifyApplication;
  const list = '/subscriptions/s/things?api-version=2020-01-01';
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });
  beforeAll(async () => {
    app = await started();
  });
  afterAll(() => app.close());

  it.each([
    list,
    `/${list}`,
    '/%2Fsubscriptions%2Fs/things?api-version=2020-01-01',
    '/SUBSCRIPTIONS/s/Things/?API-Version=2020-01-01',
  ])('answers %s, however the client wrote the path', async (url) => {
    expect((await get(url)).json()).toMatchObject({ value: [0] });
  });

  it.each(['POST', 'DELETE', 'TRACE', 'QUERY'])(
    'lists the other methods of a path that does not have %s',
    async (method) => {
      const answer = await app.inject({ method: method as 'POST', url: '/subscriptions/s/PLAN/' });
      expect([answer.statusCode, answer.headers.allow, answer.json().error.code]).toEqual([
        405,
        'PUT',
        'MethodNotAllowed',
      ]);
    },
  );

  it('reports each answer with the template of its route, never with a path', async () => {
    const answers: HttpAnswer[] = [];
    const measured = await started({ answered: (answer: HttpAnswer) => answers.push(answer) });
    for (const url of [
      list,
      '/SUBSCRIPTIONS/secret/Things/?API-Version=2020-01-01',
      '/subscriptions/s/broken',
      '/none/secret',
    ])
      await measured.inject({ method: 'GET', url });
    await measured.inject({ method: 'DELETE', url: '/subscriptions/secret/plan' });
    await measured.close();
    expect(answers.map(({ method, route, status }) => [method, route, status])).toEqual([
      ['GET', '/subscriptions/:id/things', 200],
      ['GET', '/subscriptions/:id/things', 200],
      ['GET', '/subscriptions/:id/broken', 500],
      ['GET', undefined, 404],
      ['DELETE', undefined, 405],
    ]);
    expect(answers.every(({ seconds }) => seconds > 0 && seconds < 3600)).toBe(true);
  });

  it('answers 404 where there is no route', async () => {
    expect((await app.inject({ method: 'POST', url: '/subscriptions/s/plans' })).statusCode).toBe(404);
  });

  it('takes null as absent where a member is optional', async () => {
    const put = async (payload: object) => {
      const answer = await app.inject({ method: 'PUT', url: '/subscriptions/s/plan', payload });
      return [answer.statusCode, answer.json()];
    };
    expect(await put({ name: 'a', tier: 'Free', note: null })).toEqual([200, { name: 'a', tier: 'Free' }]);
    expect(await put({ name: null, tier: 'Free' })).toMatchObject([400, { error: { target: 'name' } }]);
  });

  it.each([
    ['no version', '/subscriptions/s/things', 400, 'MissingApiVersionParameter'],
    ['an unknown version', '/subscriptions/s/things?api-version=1999-01-01', 400, 'InvalidApiVersionParameter'],
    ['a refusal of our own', '/subscriptions/s/nothing', 404, 'SubscriptionNotFound'],
    ['an unknown route', '/no/such/route', 404, 'ResourceNotFound'],
    ['an address that cannot be read', '/subscriptions/%zz/things', 400, 'InvalidRequestContent'],
    ['a fault inside', '/subscriptions/s/broken', 500, 'InternalServerError'],
    ['a token of nobody', `${list}&$skipToken=e30.x`, 400, 'InvalidSkipToken'],
  ])('puts %s into the envelope', async (_, url, status, code) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json()).toMatchObject({ error: { code, message: expect.any(String) as string } });
    expect(answer.body).not.toContain('secret');
  });

  it('reports internal failures to the operator and not to the client', async () => {
    const reported: unknown[] = [];
    const reporting = await started({
      failed: (...failure: unknown[]) => {
        reported.push(failure);
      },
    });
    expect((await reporting.inject('/subscriptions/s/broken?x=1')).body).not.toContain('passwd');
    await reporting.inject('/subscriptions/s/nothing');
    await reporting.close();
    expect(reported).toEqual([['GET /subscriptions/s/broken', new Error('secret at /etc/passwd')]]);
  });

  it('takes a version later than the newest as it, names those that it knows, and writes a line a day', async () => {
    const lines: string[] = [];
    const noticing = await started({ noticed: (line: string) => lines.push(line) });
    const sent = async (version: string) => {
      const { statusCode, headers } = await noticing.inject(`/subscriptions/s/things?api-version=${version}`);
      return [statusCode, headers['api-supported-versions']];
    };
    const named = securityApiVersions.join(', ');
    expect(await sent('2025-05-04')).toEqual([200, undefined]);
    expect(lines).toEqual([]);
    expect(await sent('2026-09-01-Preview')).toEqual([200, named]);
    expect(await sent('2027-01-01')).toEqual([200, named]);
    expect(await sent('2025-05-03')).toEqual([400, named]);
    expect(await sent('2027-01-01%0a')).toEqual([400, named]);
    await noticing.close();
    expect(lines).toEqual([
      'api-version 2026-09-01-preview is later than all that are known, and is answered as 2025-05-04: ' +
        '/subscriptions/s/things',
    ]);
  });

  it('writes the line about a later version again on the next day', () => {
    let now = 0;
    const lines: string[] = [];
    const later = new LaterVersions(
      (line) => lines.push(line),
      () => now,
    );
    const met = (at: number): number => {
      now = at;
      later.met('2027-01-01', '/', securityApiVersions);
      return lines.length;
    };
    expect([0, 86_399_999, 86_400_000].map(met)).toEqual([1, 1, 2]);
  });

  it('names the versions it knows when it refuses one', async () => {
    expect(
      (await get('/subscriptions/s/things?api-version=x')).json<{ error: { message: string } }>().error.message,
    ).toContain('2019-01-01-preview');
  });

  it.each([
    ['unreadable JSON', { 'content-type': 'application/json' }, '{"a":', 400, 'InvalidRequestContent'],
    [
      'two values of one member',
      { 'content-type': 'application/json' },
      '{"a":1,"b":{"a":2},"a":3}',
      400,
      'InvalidRequestContent',
    ],
    [
      'two values deep inside',
      { 'content-type': 'application/json' },
      '[{"b":[{"tier":"Free","note":"{\\"x\\":1,","\\u0074ier":"Standard"}]}]',
      400,
      'InvalidRequestContent',
    ],
    [
      'what no stack holds',
      { 'content-type': 'application/json' },
      '['.repeat(300_000) + ']'.repeat(300_000),
      400,
      'InvalidRequestContent',
    ],
    [
      'a key that poisons, written otherwise',
      { 'content-type': 'application/json' },
      '{"a":{"\\u005f_proto__":1}}',
      400,
      'InvalidRequestContent',
    ],
    [
      'a key that poisons',
      { 'content-type': 'application/json' },
      '{"__proto__":{"x":1}}',
      400,
      'InvalidRequestContent',
    ],
    ['another type', { 'content-type': 'text/plain' }, 'hello', 415, 'UnsupportedMediaType'],
    [
      'a body too large',
      { 'content-type': 'application/json' },
      JSON.stringify('x'.repeat(1 << 20)),
      413,
      'RequestEntityTooLarge',
    ],
  ])('refuses %s in the envelope', async (_, headers, payload, status, code) => {
    const answer = await app.inject({ method: 'POST', url: '/hook', headers, payload });
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([status, code]);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/cloudevents+json',
    'application/cloudevents-batch+json; charset=UTF-8',
    'application/vnd.docker.distribution.events.v1+json',
    'application/vnd.docker.distribution.events.v2+json;charset=utf-8',
  ])('reads a body of type %s', async (type) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/hook',
      headers: { 'content-type': type },
      payload: '{"a":1}',
    });
    expect(answer.json()).toEqual({ got: { a: 1 } });
  });

  it('accepts a content type without a body, as an older client sends it on every GET', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8', accept: '*/*' };
    expect((await get(list, headers)).statusCode).toBe(200);
    expect((await app.inject({ method: 'POST', url: '/hook', headers })).json()).toEqual({ got: null });
  });

  it('reads members of one name that are in two objects', async () => {
    const payload = '\uFEFF{"a":{"x":1},"b":{"x":2},"c":[{"x":3},{"x":4}],"d":"{\\"x\\":1,\\"x\\":2}","A":5}';
    expect(
      (await app.inject({ method: 'POST', url: '/hook', headers: { 'content-type': 'application/json' }, payload }))
        .statusCode,
    ).toBe(200);
  });

  it.each([
    'api-version=2020-01-01&api-version=2019-01-01-preview',
    'api-version=2020-01-01&API-VERSION=2020-01-01',
    'api-version=2020-01-01&x=1&x=1',
    'api-version=2020-01-01&$skipToken=&%24skiptoken=',
  ])('refuses what is asked for twice: %s', async (query) => {
    const answer = await get(`/subscriptions/s/things?${query}`);
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([
      400,
      'DuplicateQueryParameter',
    ]);
    expect((await app.inject({ method: 'POST', url: `/hook?${query}`, payload: {} })).statusCode).toBe(400);
  });

  it('ignores an unknown parameter', async () => {
    expect((await get(`${list}&x=1`)).statusCode).toBe(200);
  });

  it('names the wrong or unknown field of a body', async () => {
    const put = (payload: object) => app.inject({ method: 'PUT', url: '/subscriptions/s/plan', payload });
    expect((await put({ name: 'x', tier: 'Gold' })).json()).toMatchObject({
      error: { code: 'InvalidRequestContent', target: 'tier' },
    });
    expect((await put({ name: 'x', tier: 'Free', teir: 'Standard' })).json()).toMatchObject({
      error: { code: 'InvalidRequestContent', target: 'teir' },
    });
    expect((await put({ name: 'x', tier: 'Free', id: '/x' })).json()).toEqual({ name: 'x', tier: 'Free', id: '/x' });
  });

  it("returns the client's request id, and one of its own", async () => {
    const { headers } = await get(list, { 'x-ms-client-request-id': 'mine' });
    expect(headers).toMatchObject({
      'x-ms-client-request-id': 'mine',
      'x-ms-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect((await get('/no/such', { 'x-ms-client-request-id': 'mine' })).headers['x-ms-client-request-id']).toBe(
      'mine',
    );
  });

  it.each([
    [{ host: 'assay.test:8443' }, 'http://assay.test:8443/'],
    [
      {
        host: 'inner',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.test',
        forwarded: 'host=evil.test;proto=https',
        'x-forwarded-port': '1',
      },
      'http://inner/',
    ],
    [{ host: 'evil"/\u0000' }, 'http://localhost/'],
  ])('links to the next page where the client came from, regardless of other headers: %o', async (headers, base) => {
    const { nextLink } = (await get(`/${list}`, headers as Record<string, string>)).json<{ nextLink: string }>();
    expect(nextLink.startsWith(`${base}subscriptions/s/things?api-version=2020-01-01&$skipToken=`)).toBe(true);
  });

  it('links to the public base where one is set', async () => {
    const behind = await started({
      publicBase: publicBaseSettings.read({ ASSAY_PUBLIC_BASE: 'https://Assay.example.com/' }),
    });
    const { nextLink } = (
      await behind.inject({ method: 'GET', url: list, headers: { host: 'inner', 'x-forwarded-host': 'evil.test' } })
    ).json<{ nextLink: string }>();
    await behind.close();
    expect(nextLink.startsWith('https://assay.example.com/subscriptions/s/things?')).toBe(true);
    expect(publicBaseSettings.read({ ASSAY_PUBLIC_BASE: '' })).toBeUndefined();
    for (const wrong of ['assay.example.com', 'ftp://a', 'https://a/b', 'https://u:p@a', 'https://a?x'])
      expect(() => publicBaseSettings.read({ ASSAY_PUBLIC_BASE: wrong })).toThrow(
        /^ASSAY_PUBLIC_BASE must be .*https:/,
      );
  });

  it('follows its links to the end, with the dollar sign written either way', async () => {
    const read: number[] = [];
    for (let url: string | undefined = list; url;) {
      const page: { value: number[]; nextLink?: string } = (await get(url)).json();
      read.push(...page.value);
      url = page.nextLink
        ?.replace(/^http:\/\/[^/]+/, '')
        .replace('$skipToken', read.length % 2 ? '%24skipToken' : '$skipToken');
    }
    expect(read).toEqual([0, 1, 2]);
  });

  it('refuses the token of another list', async () => {
    const { nextLink } = (await get(list)).json<{ nextLink: string }>();
    const elsewhere = nextLink.replace(/^http:\/\/[^/]+/, '').replace('/s/', '/other/');
    expect((await get(elsewhere)).json()).toMatchObject({ error: { code: 'InvalidSkipToken' } });
  });

  it('answers unreadable HTTP in the envelope', async () => {
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket
        .on('data', (bytes) => {
          text += bytes.toString();
        })
        .on('close', () => resolve(text));
    });
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ error: { code: 'InvalidRequestContent' } });
  });
});

describe('an application behind the shared token', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await started({ access: sharedToken('open-sesame') });
  });
  afterAll(() => app.close());
  const get = (url: string, authorization?: string) =>
    app.inject({ method: 'GET', url, headers: authorization ? { authorization } : {} });
  const url = '/subscriptions/s/things?api-version=2020-01-01';

  it.each([
    'subscriptions/s/things',
    '/subscriptions/s/things',
    '%2Fsubscriptions%2Fs/things',
    '%73ubscriptions/s/things',
    'SUBSCRIPTIONS/s/things',
    'x/../subscriptions/s/things',
    'providers/Microsoft.Security/assessmentMetadata',
    'assay/images',
  ])('requires it for /%s', async (path) => {
    const answer = await get(`/${path}?api-version=2020-01-01`);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer authorization_uri=/);
    expect(answer.json()).toMatchObject({ error: { code: 'AuthenticationFailed' } });
  });

  it('refuses another token, and accepts the right one', async () => {
    expect((await get(url, 'Bearer open-sesam')).json()).toMatchObject({
      error: { code: 'InvalidAuthenticationToken' },
    });
    expect((await get(url, 'Basic open-sesame')).statusCode).toBe(401);
    expect((await get(url, 'Bearer open-sesame')).statusCode).toBe(200);
  });

  it('does not guard routes that have a secret of their own', async () => {
    expect((await app.inject({ method: 'POST', url: '/hook', payload: {} })).statusCode).toBe(200);
  });
});
