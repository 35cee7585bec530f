import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startLocalRegistry, type LocalRegistry, type LocalRegistryOptions } from '@assay/local-registry';
import { RegistryClient } from '@assay/registry';

/** Path of the demonstration image with this name, an OCI layout. */
export const layoutOf = (name: string): string => new URL(`../../../e2e/images/${name}`, import.meta.url).pathname;

export const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-local-registry-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export const localRegistry = async (options: Partial<LocalRegistryOptions> = {}): Promise<LocalRegistry> => {
  const registry = await startLocalRegistry({ directory: await emptyFolder(), host: '127.0.0.1', port: 0, ...options });
  onTestFinished(() => registry.close());
  return registry;
};

export const clientOf = ({ port }: LocalRegistry): RegistryClient => {
  const client = new RegistryClient({
    loginServer: `127.0.0.1:${port}`,
    plainHttp: true,
    allowAddresses: ['127.0.0.0/8'],
  });
  onTestFinished(() => client.close());
  return client;
};

/** Digest of the first manifest of a layout. */
export const digestIn = async (layout: string): Promise<string> =>
  (JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: [{ digest: string }] }).manifests[0]
    .digest;

export const targetOf = ({ port }: LocalRegistry, repository: string, tag = 'v1') => ({
  registry: `127.0.0.1:${port}`,
  repository,
  tag,
  plainHttp: true,
});

export interface Received {
  readonly body: Record<string, any>;
  readonly headers: IncomingMessage['headers'];
}

/** A webhook receiver; `answer` gives the status for each request. */
export const receiver = async (
  answer: (received: Received, nth: number) => number = () => 200,
): Promise<{ url: string; received: Received[] }> => {
  const received: Received[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const piece of request) text += String(piece);
    received.push({ body: JSON.parse(text) as Received['body'], headers: request.headers });
    response.writeHead(answer(received.at(-1)!, received.length)).end();
  };
  const server = createServer((request, response) => void receive(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
};
