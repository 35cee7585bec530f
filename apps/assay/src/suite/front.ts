import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { cleanPath, envelope } from '@assay/arm';
import type { RunningService, Service } from '@assay/event-sourcing';

/** Joins the services' routes under one port, by the same table that an ingress uses. */
export class Front {
  readonly #server: Server;
  readonly #routes: { readonly matches: readonly RegExp[]; readonly routing: (request: never, response: never) => void }[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      const path = cleanPath(request.url ?? '/').split('?', 1)[0]!;
      if (path === '/healthz') { response.setHeader('content-type', 'application/json').end('{"status":"ok"}'); return; }
      const route = this.#routes.find(({ matches }) => matches.some((each) => each.test(path)));
      if (route) { route.routing(request as never, response as never); return; }
      response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(envelope('ResourceNotFound', `Nothing answers ${request.method} ${path}.`)));
    });
  }

  async mount({ routes }: Service, { app }: RunningService): Promise<void> {
    const fastify = (app as unknown as NestFastifyApplication).getHttpAdapter().getInstance();
    await fastify.ready();
    // Narrower services come first, whatever the order of mounting: recommendation answers all the rest below /subscriptions.
    this.#routes.unshift({ matches: routes, routing: fastify.routing as never });
  }

  /** Listens on loopback only: the embedded suite is for one machine. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => { this.#server.close(() => resolve()); this.#server.closeAllConnections(); });
  }
}
