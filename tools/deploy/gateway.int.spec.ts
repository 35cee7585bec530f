import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { read } from './files.ts';
import { gatewayFile, leadingTo, locations } from './gateway.ts';
import { startNginx } from './nginx.ts';
import type { RunningServer } from '../services/server.ts';

const fakes: HttpServer[] = [];
let nginx: RunningServer;

/** A server that answers with its name and the request. */
const fake = async (name: string): Promise<string> => {
  const server = createServer((incoming, response) => {
    if (incoming.url?.endsWith('?early')) return void response.writeHead(401).end();
    incoming
      .resume()
      .on('end', () => response.end(JSON.stringify({ name, url: incoming.url, host: incoming.headers.host })));
  }).listen(0, '127.0.0.1');
  fakes.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  const names = [...new Set(locations.map(({ service }) => service))];
  const upstreams = Object.fromEntries(
    await Promise.all(names.map(async (name) => [`${name}:8080`, await fake(name)])),
  );
  nginx = await startNginx(read(gatewayFile), { listen: 8080, upstreams });
});

afterAll(async () => {
  await nginx?.stop();
  if (nginx) rmSync(nginx.folder, { recursive: true, force: true });
  for (const server of fakes) server.close();
});

/** Sends the path byte for byte: `fetch` would normalise it. */
const get = async (path: string, body?: Buffer): Promise<{ status: number; text: string; retryAfter?: string }> => {
  const outgoing = request({
    host: '127.0.0.1',
    port: nginx.port,
    path,
    method: body ? 'POST' : 'GET',
    headers: { host: 'assay.example.com' },
  });
  // A server that refuses a body may close the connection while the body is still sent.
  outgoing.on('error', () => undefined).end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  const retryAfter = answer.headers['retry-after'];
  return { status: answer.statusCode!, text, ...(retryAfter ? { retryAfter } : {}) };
};

const odd = (leadingTo as readonly (readonly [string, string | undefined])[]).flatMap(
  ([path, service]) =>
    [
      [path, service],
      [`/${path}`, service],
      [path.replaceAll('/', '%2F').replace(/^%2F/, '/%2f'), service],
      [`${path}?a=b%20c`, service],
      [`/x/..${path}`, service],
    ] as const,
);

it.each(odd)('nginx leads %s to %s, as it came', async (path, service) => {
  const { status, text } = await get(path);
  if (service === undefined) {
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'ResourceNotFound' } });
  } else {
    expect(JSON.parse(text)).toEqual({ name: service, url: path, host: 'assay.example.com' });
  }
});

it.each([
  ['/ingest/registry', 8 * 2 ** 20],
  ['/providers/Microsoft.ResourceGraph/resources', 2 ** 20],
  ['/assay/plans/Containers', 2 ** 20],
])('nginx takes at %s what its service takes, and no more', async (path, most) => {
  expect((await get(path, Buffer.alloc(most))).status).toBe(200);
  const { status, text } = await get(path, Buffer.alloc(most + 1));
  expect([status, JSON.parse(text)]).toEqual([
    413,
    { error: { code: 'RequestEntityTooLarge', message: 'The request is larger than is taken here.', details: [] } },
  ]);
});

it('nginx answers its own health check', async () => {
  expect(await get('/healthz')).toEqual({ status: 200, text: '{"status":"ok"}' });
});

/** Sends bytes unchanged. Returns the answer, or '' if the connection was closed without one. */
const sent = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(nginx.port!, '127.0.0.1', () => socket.write(text));
    socket
      .on('data', (bytes) => {
        answer += bytes.toString();
      })
      .on('close', () => resolve(answer))
      .on('error', reject);
  });
const head = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nhost: assay.example.com\r\ncontent-length: ${length}\r\n\r\n`;

it('nginx buffers no body: its service receives and answers a request before the body is there', async () => {
  expect(await sent(`${head('/ingest/acr?early', 8 * 2 ** 20)}a`)).toMatch(/^HTTP\/1.1 401 /);
});

it('nginx closes the connection of a client that stops within a body or its headers', async () => {
  const stopped = await Promise.all([sent(`${head('/ingest/acr', 10)}a`), sent('POST /ingest/acr HTTP/1.1\r\nhost:')]);
  for (const answer of stopped) expect(answer).toMatch(/^(HTTP\/1.1 408 .*)?$/s);
});

it('nginx refuses a client with too many open requests, with an error that the client may retry', async () => {
  let open: Socket[] = [];
  let answer: Awaited<ReturnType<typeof get>> | undefined;
  try {
    // nginx closes slow connections: on a busy machine the first may be gone before the last is there.
    await expect
      .poll(async () => {
        for (const socket of open) socket.destroy();
        open = Array.from({ length: 65 }, () => connect(nginx.port!, '127.0.0.1').on('error', () => undefined));
        for (const socket of open) socket.write(`${head('/ingest/acr', 10)}a`);
        answer = await get('/ingest/acr', Buffer.alloc(1));
        return answer.status;
      })
      .toBe(429);
    const { status, text, retryAfter } = answer!;
    expect([status, retryAfter, JSON.parse(text)]).toEqual([
      429,
      '1',
      {
        error: {
          code: 'TooManyRequests',
          message: 'There are too many requests at once from this address.',
          details: [],
        },
      },
    ]);
    // Notifications do not delay readers.
    expect((await get('/assay/images')).status).toBe(200);
  } finally {
    for (const socket of open) socket.destroy();
  }
});
