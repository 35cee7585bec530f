import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Blobs } from './blobs.ts';
import { RegistryFailure } from './failure.ts';
import { Manifests } from './manifests.ts';
import { answerTo } from './operations.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';
import { WebhookSender, type Webhook } from './webhook.ts';

export interface LocalRegistryOptions {
  directory: string;
  host: string;
  /** 0 for any free port. */
  port: number;
  /** Login server in webhooks; the listening address by default. */
  loginServer?: string;
  webhook?: Webhook;
}

export interface LocalRegistry {
  readonly url: string;
  readonly loginServer: string;
  readonly port: number;
  close(): Promise<void>;
}

const loopback = ['127.0.0.1', '::1', 'localhost'];

/** A registry for development and tests. It has no authentication, so it is reachable from this machine only. */
export const startLocalRegistry = async (options: LocalRegistryOptions): Promise<LocalRegistry> => {
  if (!loopback.includes(options.host))
    throw new Error(`The local registry has no authentication: it listens on loopback only, not on ${options.host}`);
  const storage = new Storage(options.directory);
  await rm(storage.uploads, { recursive: true, force: true });
  await mkdir(options.directory, { recursive: true });
  let sender: WebhookSender | undefined;
  const manifests = new Manifests(storage, (event) => sender?.notify(event));
  const server = serverOf(storage, new Blobs(storage, new Uploads(storage)), manifests, options.loginServer);
  await server.listen({ host: options.host, port: options.port });
  const [listening] = server.addresses();
  assert(listening, 'the server listens');
  const { port } = listening;
  const address = `${options.host === '::1' ? '[::1]' : options.host}:${port}`;
  const loginServer = options.loginServer ?? address;
  if (options.webhook) sender = new WebhookSender(options.webhook, loginServer);
  return {
    url: `http://${address}`,
    loginServer,
    port,
    close: async () => {
      await server.close();
      await sender?.close();
    },
  };
};

const serverOf = (
  storage: Storage,
  blobs: Blobs,
  manifests: Manifests,
  loginServer: string | undefined,
): FastifyInstance => {
  const server = fastify({ forceCloseConnections: true, exposeHeadRoutes: false, bodyLimit: Number.MAX_SAFE_INTEGER });
  // The handlers read the bodies themselves, because each has its own size limit.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.addHook('onRequest', async (request, reply) => {
    reply.header('docker-distribution-api-version', 'registry/2.0').header('x-content-type-options', 'nosniff');
    refuseForeignHost(request, loginServer);
  });
  server.setErrorHandler((error, _request, reply) =>
    error instanceof RegistryFailure ? reply.code(error.status).send(error.envelope) : reply.send(error),
  );
  // Real registries answer unknown paths with plain text, not JSON.
  server.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('404 page not found\n'));
  const handler = (request: FastifyRequest, reply: FastifyReply) =>
    answerTo({ storage, blobs, manifests, request, reply });
  for (const url of ['/v2', '/v2/*'])
    server.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], url, handler });
  return server;
};

/** Prevents DNS rebinding: a web page whose name resolves to 127.0.0.1 sends its own name as Host and is refused. */
const refuseForeignHost = ({ headers, hostname }: FastifyRequest, loginServer: string | undefined): void => {
  const known = [...loopback, '[::1]', 'host.docker.internal'].includes(hostname);
  if (!known && headers.host !== loginServer) throw new RegistryFailure('DENIED', 'this registry is not called so');
};
