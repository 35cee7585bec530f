import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { read } from './files.ts';
import { gatewayFile, leadingTo, locations } from './gateway.ts';
import { startNginx } from './nginx.ts';
import type { Server } from '../services/server.ts';

const fakes: HttpServer[] = [];
let nginx: Server;

/** Says who it is and what it was asked. */
const fake = async (name: string): Promise<string> => {
  const server = createServer((asked, response) => {
    asked.resume().on('end', () => response.end(JSON.stringify({ name, url: asked.url, host: asked.headers.host })));
  }).listen(0, '127.0.0.1');
  fakes.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  const names = [...new Set(locations.map(({ service }) => service))];
  const upstreams = Object.fromEntries(await Promise.all(names.map(async (name) => [`${name}:8080`, await fake(name)])));
  nginx = await startNginx(read(gatewayFile), { listen: 8080, upstreams });
});

afterAll(async () => {
  await nginx?.stop();
  if (nginx) rmSync(nginx.folder, { recursive: true, force: true });
  for (const server of fakes) server.close();
});

/** Byte for byte: `fetch` would tidy the path up. */
const get = async (path: string, body?: Buffer): Promise<{ status: number; text: string }> => {
  const asking = request({ host: '127.0.0.1', port: nginx.port, path, method: body ? 'POST' : 'GET', headers: { host: 'assay.example.com' } });
  // Who refuses a body hangs up while it still comes.
  asking.on('error', () => undefined).end(body);
  const [answer] = await once(asking, 'response') as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return { status: answer.statusCode!, text };
};

const odd = (leadingTo as readonly (readonly [string, string | undefined])[]).flatMap(([path, service]) => [
  [path, service], [`/${path}`, service], [path.replaceAll('/', '%2F').replace(/^%2F/, '/%2f'), service], [`${path}?a=b%20c`, service], [`/x/..${path}`, service],
] as const);

it.each(odd)('nginx leads %s to %s, as it came', async (path, service) => {
  const { status, text } = await get(path);
  if (service === undefined) {
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'ResourceNotFound' } });
  } else {
    expect(JSON.parse(text)).toEqual({ name: service, url: path, host: 'assay.example.com' });
  }
});

it('nginx takes what ingestion takes, and no more', async () => {
  expect((await get('/ingest/registry', Buffer.alloc(8 * 2 ** 20))).status).toBe(200);
  expect((await get('/ingest/registry', Buffer.alloc(8 * 2 ** 20 + 1))).status).toBe(413);
});

it('nginx says that it is there', async () => {
  expect(await get('/healthz')).toEqual({ status: 200, text: '{"status":"ok"}' });
});
