import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { cleanPath, envelope, refuseUnreadable } from '@assay/arm';
import type { RunningService, Service } from '@assay/event-sourcing';

/** Joins the services' routes under one port, by the same table that an ingress uses. */
export class Front {
  readonly #server: Server;
  readonly #routes: { readonly matches: readonly RegExp[]; readonly routing: (request: never, response: never) => void }[] = [];

  #open = false;

  /** @param id of this run of the suite */
  constructor(id: string) {
    this.#server = createServer((request, response) => {
      const path = cleanPath(request.url ?? '/').split('?', 1)[0]!;
      if (path === '/healthz') { response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'ok', id })); return; }
      if (!this.#open) { response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' }).end(JSON.stringify(envelope('ServiceUnavailable', 'The suite is starting.'))); return; }
      const route = this.#routes.find(({ matches }) => matches.some((each) => each.test(path)));
      if (route) { route.routing(request as never, response as never); return; }
      response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(envelope('ResourceNotFound', `Nothing answers ${request.method} ${path}.`)));
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseUnreadable(error.code ? { code: error.code } : {}, socket as Socket));
  }

  async mount({ name, routes }: Service, { app }: RunningService): Promise<void> {
    const fastify = (app as unknown as NestFastifyApplication).getHttpAdapter().getInstance();
    await fastify.ready();
    const route = { matches: routes, routing: fastify.routing as never };
    // Whatever the order of mounting: recommendation answers all the rest below /subscriptions and /assay.
    if (name === 'recommendation') this.#routes.push(route);
    else this.#routes.unshift(route);
  }

  /** All services are there: from here on a path that nobody answers does not exist. */
  open(): void {
    this.#open = true;
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
