import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as ask, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Body, Controller, Get, HttpCode, Module, Param, Post, Put, Req, Res, StreamableFile } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badRequest } from '@assay/arm';
import { eventually } from '@assay/testing';
import {
  armApplication,
  checkPreconditions,
  etagOf,
  Needs,
  sharedToken,
  type ArmReply,
  type ArmRequest,
} from './index.ts';

const much = {
  value: Array.from({ length: 200 }, (_, at) => ({ id: `/subscriptions/s/things/${at}`, status: 'Unhealthy' })),
};

const streams: Readable[] = [];
/** Lines of a body. */
const linesOf = function* (count: number): Iterable<string> {
  for (let at = 0; at < count; at += 1) yield `{"line":${at}}\n`;
};
/** Lines that hardly compress, and then a failure. */
const brokenAfter = function* (count: number): Iterable<string> {
  for (let at = 0; at < count; at += 1) yield `${randomBytes(1000).toString('hex')}\n`;
  throw new Error('the source broke off');
};

@Controller()
@Needs('findings/read')
class Things {
  #kept: object | undefined = { tier: 'Free' };

  @Get('assay/things') list(): object {
    return much;
  }
  @Get('assay/things/:name') one(@Param('name') name: string): object {
    return { name };
  }
  @Get('assay/parked') parked(): object {
    return much;
  }
  @Get('assay/file') file(@Res({ passthrough: true }) reply: ArmReply): string {
    reply.header('content-type', 'text/csv; charset=utf-8').header('vary', 'Accept');
    return 'a,b\n'.repeat(1000);
  }
  @Get('assay/lines/:count') lines(@Param('count') count: string): StreamableFile {
    return this.#sent(linesOf(Number(count)));
  }
  @Get('assay/broken/:count') brokenLines(@Param('count') count: string): StreamableFile {
    return this.#sent(brokenAfter(Number(count)));
  }
  #sent(lines: Iterable<string>): StreamableFile {
    const body = Readable.from(lines);
    streams.push(body);
    return new StreamableFile(body, { type: 'application/x-ndjson' });
  }
  @Get('assay/broken') broken(): never {
    throw badRequest('InvalidRequestContent', 'x'.repeat(5000));
  }
  @Post('providers/Microsoft.ResourceGraph/resources') @HttpCode(200) query(@Body() body: unknown): object {
    return { ...much, body };
  }
  @Get('assay/kept') kept(@Res({ passthrough: true }) reply: ArmReply): object | undefined {
    if (this.#kept) reply.header('etag', etagOf(this.#kept));
    return this.#kept;
  }
  @Put('assay/kept') keep(@Body() body: object, @Req() request: ArmRequest): object {
    checkPreconditions(request, this.#kept && etagOf(this.#kept));
    this.#kept = body;
    return body;
  }
}

/** Has a secret of its own, or none. */
@Controller()
class Hook {
  @Post('ingest/acr') @HttpCode(200) hook(@Body() body: unknown): unknown {
    return { ...much, body };
  }
}

@Module({ controllers: [Things, Hook] })
class All {}

let app: NestFastifyApplication;
let port: number;
beforeAll(async () => {
  app = await armApplication(All, { signingKey: 'k', access: sharedToken('open') });
  await app.listen(0, '127.0.0.1');
  ({ port } = app.getHttpServer().address() as AddressInfo);
});
afterAll(() => app.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The bytes on the wire: an HTTP client library would decode them. */
const sent = (
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string | Buffer,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = ask(
      { port, host: '127.0.0.1', method, path, headers: { authorization: 'Bearer open', ...headers }, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response
          .on('data', (part: Buffer) => parts.push(part))
          .on('error', reject)
          .on('end', () => {
            resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) });
          });
      },
    );
    request.on('error', reject).end(body);
  });
const get = (path: string, headers: Record<string, string> = {}) => sent('GET', path, headers);
const json = { 'content-type': 'application/json' };
const gzip = { 'accept-encoding': 'gzip, deflate' };
const codeIn = ({ body }: Pick<Answer, 'body'>): unknown =>
  (JSON.parse(body.toString()) as { error: { code: string } }).error.code;

describe('answers that are sent piece by piece', () => {
  const whole = [...linesOf(500)].join('');

  it('are compressed as the client asks, and have no ETag', async () => {
    const [plain, zipped, smallest] = await Promise.all([
      get('/assay/lines/500'),
      get('/assay/lines/500', gzip),
      get('/assay/lines/500', { 'accept-encoding': 'gzip, br' }),
    ]);
    expect(plain.body.toString()).toBe(whole);
    expect(gunzipSync(zipped.body).toString()).toBe(whole);
    expect(brotliDecompressSync(smallest.body).toString()).toBe(whole);
    const headers = [plain, zipped, smallest].map((answer) => answer.headers);
    expect(headers.map((each) => each['content-encoding'])).toEqual([undefined, 'gzip', 'br']);
    expect(headers.map(({ vary, etag }) => [vary, etag])).toEqual(Array(3).fill(['accept-encoding', undefined]));
  });

  it.each([{}, gzip])('break off with their source: %o', async (headers) => {
    await expect(get('/assay/broken/500', headers)).rejects.toThrow();
    const { status, headers: its, body } = await get('/assay/broken/0', headers);
    expect([status, its['content-encoding'], codeIn({ body })]).toEqual([500, undefined, 'InternalServerError']);
  });

  it.each([{}, gzip])('end their source when the client goes away: %o', async (headers) => {
    streams.length = 0;
    const request = ask({
      port,
      host: '127.0.0.1',
      path: '/assay/lines/Infinity',
      headers: { authorization: 'Bearer open', ...headers },
      agent: false,
    });
    request.on('error', () => undefined).end();
    const response = await new Promise<IncomingMessage>((resolve) => {
      request.on('response', resolve);
    });
    await once(response, 'data');
    request.destroy();
    await eventually(() => Promise.resolve(streams[0]!.destroyed));
  });
});

describe('answers on the wire', () => {
  it.each([
    ['gzip, deflate', 'gzip'],
    ['gzip,deflate,br', 'br'],
    ['deflate, gzip, br, zstd', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['*', 'br'],
    ['GZIP', 'gzip'],
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip;q=0', undefined],
    ['nonsense', undefined],
  ])('are compressed with the best coding of "%s"', async (accepted, coding) => {
    const { headers, body } = await get('/assay/things', { 'accept-encoding': accepted });
    const plain = coding === 'gzip' ? gunzipSync(body) : coding === 'br' ? brotliDecompressSync(body) : body;
    expect(JSON.parse(plain.toString())).toEqual(much);
    expect([headers['content-encoding'], headers['content-length'], headers.vary]).toEqual([
      coding,
      String(body.length),
      'accept-encoding',
    ]);
    if (coding) expect(body.length).toBeLessThan(plain.length / 5);
  });

  it('are compressed also for queries, chosen formats and HEAD', async () => {
    const queried = await sent(
      'POST',
      '/providers/Microsoft.ResourceGraph/resources',
      { ...json, ...gzip },
      '{"query":"x"}',
    );
    expect([queried.headers['content-encoding'], JSON.parse(gunzipSync(queried.body).toString())]).toEqual([
      'gzip',
      { ...much, body: { query: 'x' } },
    ]);
    const file = await get('/assay/file', gzip);
    expect([file.headers['content-encoding'], file.headers.vary, gunzipSync(file.body).toString()]).toEqual([
      'gzip',
      'Accept, accept-encoding',
      'a,b\n'.repeat(1000),
    ]);
    const [head, whole] = [await sent('HEAD', '/assay/things', gzip), await get('/assay/things', gzip)];
    expect([
      head.body.length,
      head.headers['content-encoding'],
      head.headers['content-length'],
      head.headers.etag,
    ]).toEqual([0, 'gzip', String(whole.body.length), whole.headers.etag]);
  });

  it.each([
    ['what is short', 'GET', '/assay/things/small', undefined, 200],
    ['a refusal, which says again what it was sent', 'GET', '/assay/broken', undefined, 400],
    ['a path that is not there', 'GET', `/assay/${'x'.repeat(2000)}`, undefined, 404],
    ['a record of the log', 'GET', '/assay/parked', undefined, 200],
    ['what is answered to a webhook, which shows a secret', 'POST', '/ingest/acr', '{"a":1}', 200],
  ])('are not compressed: %s', async (_, method, path, body, status) => {
    const answer = await sent(method, path, { ...(body ? json : {}), ...gzip }, body);
    expect([answer.status, answer.headers['content-encoding']]).toEqual([status, undefined]);
    JSON.parse(answer.body.toString());
  });

  it('are not sent again to a client that has them', async () => {
    const {
      headers: { etag },
    } = await get('/assay/things');
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
    for (const same of [etag!, etag!.slice(2), `"x", ${etag}`, '*']) {
      const { status, headers, body } = await get('/assay/things', { 'if-none-match': same, ...gzip });
      expect([
        status,
        body.length,
        headers.etag,
        headers['content-type'],
        headers['content-encoding'],
        headers.vary,
        typeof headers['x-ms-request-id'],
      ]).toEqual([304, 0, etag, undefined, undefined, 'accept-encoding', 'string']);
    }
    expect((await get('/assay/things', { 'if-none-match': 'W/"x"' })).status).toBe(200);
    expect((await sent('HEAD', '/assay/things', { 'if-none-match': etag! })).status).toBe(304);
    // A refusal must not reveal whether the content is the same.
    expect((await get('/assay/things', { 'if-none-match': '*', authorization: 'Bearer x' })).status).toBe(401);
    expect((await get('/assay/broken', { 'if-none-match': '*' })).status).toBe(400);
  });
});

describe('an object with preconditions', () => {
  it('is identified by its etag', async () => {
    const before = (await get('/assay/kept')).headers.etag!;
    expect(before).toMatch(/^"[\w-]{22}"$/);
    const put = (headers: Record<string, string>) =>
      sent('PUT', '/assay/kept', { ...json, ...headers }, '{"tier":"Standard"}');
    for (const wrong of [
      { 'if-match': '"nope"' },
      { 'if-match': `W/${before}` },
      { 'if-none-match': '*' },
      { 'if-none-match': before },
      { 'if-none-match': `W/${before}` },
      { 'if-match': before, 'if-none-match': '*' },
    ] as Record<string, string>[]) {
      const answer = await put(wrong);
      expect([answer.status, codeIn(answer)], JSON.stringify(wrong)).toEqual([412, 'PreconditionFailed']);
    }
    expect((await get('/assay/kept')).headers.etag).toBe(before);
    expect((await get('/assay/kept', { 'if-none-match': before })).status).toBe(304);
    expect((await put({ 'if-match': `"oth,er" , ${before},` })).status).toBe(200);
    expect((await put({ 'if-match': before })).status).toBe(412);
    expect((await put({ 'if-match': '*', 'if-none-match': '"x"' })).status).toBe(200);
  });

  it.each(['x', '"a" "b"', '*, "a"', 'W/x', '"', '', ',', '"a", b'])(
    'is not written under a malformed condition: %s',
    async (condition) => {
      for (const name of ['if-match', 'if-none-match']) {
        const answer = await sent('PUT', '/assay/kept', { ...json, [name]: condition }, '{}');
        expect([answer.status, codeIn(answer)]).toEqual([400, 'InvalidRequestContent']);
      }
    },
  );
});

describe('a request', () => {
  it.each(['gzip', 'br', 'deflate', 'GZIP, identity', 'x'])(
    'has an unencoded body or is refused: content-encoding %s',
    async (coding) => {
      for (const path of ['/ingest/acr', '/providers/Microsoft.ResourceGraph/resources']) {
        const answer = await sent('POST', path, { ...json, 'content-encoding': coding }, gzipSync('{"a":1}'));
        expect([answer.status, codeIn(answer), answer.headers['accept-encoding']]).toEqual([
          415,
          'UnsupportedMediaType',
          'identity',
        ]);
      }
    },
  );

  it('may have the identity coding, or any coding without a body', async () => {
    expect((await sent('POST', '/ingest/acr', { ...json, 'content-encoding': 'identity' }, '{"a":1}')).status).toBe(
      200,
    );
    expect((await get('/assay/things', { 'content-encoding': 'gzip' })).status).toBe(200);
  });

  it.each([
    ['Bearer open', 'Bearer wrong'],
    ['Bearer wrong', 'Bearer open'],
    ['Bearer open', 'Bearer open'],
    ['Bearer open', ''],
  ])('is refused with two credentials, in any order: %s, %s', async (...authorization) => {
    for (const [method, path] of [
      ['GET', '/assay/things'],
      ['POST', '/ingest/acr'],
      ['GET', '/no/such'],
    ] as const) {
      const answer = await sent(method, path, { authorization });
      expect([answer.status, codeIn(answer)]).toEqual([400, 'DuplicateHeader']);
    }
  });
});

describe('every answer has an id', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let found = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket
        .on('data', (bytes) => {
          found += bytes.toString();
        })
        .on('close', () => resolve(found));
    });
  const id = /\r\nx-ms-request-id: [0-9a-f-]{36}\r\n/i;

  it.each([
    ['what is no HTTP', 'NONSENSE\r\n\r\n', 400],
    ['headers that are too long', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    ['an address that cannot be read', 'GET /subscriptions/%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400],
    ['no route', 'GET /no/such HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 404],
    [
      'another method',
      'DELETE /assay/things HTTP/1.1\r\nhost: a\r\nauthorization: Bearer open\r\nconnection: close\r\n\r\n',
      405,
    ],
    ['nobody', 'GET /assay/things HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 401],
    [
      'an answer',
      'GET /assay/things/x HTTP/1.1\r\nhost: a\r\nauthorization: Bearer open\r\nconnection: close\r\n\r\n',
      200,
    ],
  ])('%s', async (_, text, status) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(id);
  });
});
