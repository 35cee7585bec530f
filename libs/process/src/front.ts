import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { envelope } from '@assay/arm';
import { cleanPath, identifiersOf, refuseUnreadable } from '@assay/http';
import type { RunningService, Service, ServiceHealth } from '@assay/event-sourcing';
import { lineOf } from '@assay/messaging';
import type { Tls } from './tls.ts';
import { version } from './version.ts';

/** Reasons against routing requests here, one line each; empty when requests may come. */
export type Readiness = () => Promise<readonly string[]>;

/** Answers of the process itself carry the same request ids as those of its services. */
const json = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...identifiersOf(response.req),
      ...headers,
    })
    .end(JSON.stringify(body));
};

const probes = ['GET', 'HEAD'];

/** True if a page is asked for, not an answer of the API. */
const isBrowser = ({ method, headers: { accept } }: IncomingMessage): boolean =>
  probes.includes(method ?? '') && /\btext\/html\b/i.test(accept ?? '');

const answerMs = 2_000;
const drainMs = 4_000;

/** Time limits for clients that send slowly: an idle connection costs its client nothing, but costs us memory. */
export interface Timeouts {
  /** For the headers of a request, and for the TLS handshake. */
  readonly headersMs: number;
  /** For a whole request with its body, else 408. The answer may take longer. */
  readonly requestMs: number;
  /** For a client that was answered and still sends. */
  readonly lingerMs: number;
  /** Interval of the checks for expired requests. */
  readonly checkMs: number;
}

const defaultTimeouts: Timeouts = { headersMs: 5_000, requestMs: 15_000, lingerMs: 1_000, checkMs: 1_000 };

/**
 * Reads on, and discards, for a moment after answering a request whose body was not read yet. Otherwise the client
 * would see a reset connection instead of the answer.
 */
const hangUp = (request: IncomingMessage, lingerMs: number): void => {
  if (request.complete) return;
  // A request that completed meanwhile may have a successor on the same connection.
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, lingerMs).unref();
};

/** Answers even if the check hangs: a probe that times out gives no reason. */
const inTime = (check: Promise<readonly string[]>): Promise<readonly string[]> => {
  const timeout = new Promise<readonly string[]>((resolve) => {
    setTimeout(resolve, answerMs, [`no answer within ${answerMs / 1000} s`]).unref();
  });
  return Promise.race([
    timeout,
    check.catch((error: unknown) => [error instanceof Error ? error.message : String(error)]),
  ]);
};

/** Nothing, if it hangs or fails: what remains of an answer is of use, too. */
const ifInTime = async <T>(asked: Promise<T> | undefined): Promise<T | undefined> => {
  const timeout = new Promise<undefined>((resolve) => {
    setTimeout(resolve, answerMs, undefined).unref();
  });
  return Promise.race([timeout, asked?.catch(() => undefined)]);
};

/** The HTTP side of a process: joins the routes of its services and answers the probes for liveness and readiness. */
export class Front {
  readonly #server: Server;
  readonly #routes: {
    readonly matches: readonly RegExp[];
    readonly routing: (request: never, response: never) => void;
  }[] = [];
  readonly #services: RunningService[] = [];
  #home: string | undefined;
  #state: 'starting' | 'open' | 'stopping' = 'starting';

  /**
   * @param id of this run of the process
   * @param readiness conditions besides those of the services
   * @param tls for HTTPS; plain HTTP without
   * @param notes for an operator, about the process rather than one service
   * @param times limits for slow clients, over the defaults
   */
  constructor(
    private readonly id: string,
    private readonly readiness: Readiness = async () => [],
    private readonly tls?: Tls,
    private readonly notes: () => readonly string[] = () => [],
    times: Partial<Timeouts> = {},
  ) {
    const { headersMs, requestMs, lingerMs, checkMs } = { ...defaultTimeouts, ...times };
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      response.once('finish', () => hangUp(request, lingerMs));
      const [path = '/', query] = cleanPath(request.url ?? '/').split('?', 2);
      if ((path === '/healthz' || path === '/readyz') && !probes.includes(request.method ?? ''))
        return json(response, 405, envelope('MethodNotAllowed', `'${request.method}' is not allowed at '${path}'.`), {
          allow: probes.join(', '),
        });
      if (path === '/healthz') return this.#alive(response);
      if (path === '/readyz') return void this.#ready(response, new URLSearchParams(query).has('verbose'));
      if (this.#state === 'starting')
        return json(response, 503, envelope('ServiceUnavailable', 'The service is starting.'), { 'retry-after': '1' });
      const route = this.#routes.find(({ matches }) => matches.some((each) => each.test(path)));
      if (route) return route.routing(request as never, response as never);
      if (path === '/' && this.#home !== undefined && isBrowser(request)) {
        response.writeHead(302, { location: this.#home, vary: 'accept', ...identifiersOf(request) }).end();
        return;
      }
      json(response, 404, envelope('ResourceNotFound', `Nothing answers ${request.method} ${path}.`));
    };
    const limits = { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: checkMs };
    this.#server = tls
      ? createSecureServer({ ...tls, ...limits, handshakeTimeout: headersMs, minVersion: 'TLSv1.2' }, answer)
      : createServer(limits, answer);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      refuseUnreadable(error.code ? { code: error.code } : {}, socket as Socket),
    );
  }

  /** Not alive only if a restart is needed: the process recovers from an outage by itself. */
  #alive(response: ServerResponse): void {
    const reasons = this.#services.flatMap((service) => {
      const trouble = service.trouble?.();
      return trouble === undefined ? [] : [`${service.name}: ${trouble}`];
    });
    if (reasons.length > 0) json(response, 503, { status: 'broken', id: this.id, reasons });
    else json(response, 200, { status: 'ok', id: this.id });
  }

  /** `verbose` adds the state of each service in the process, by name. */
  async #ready(response: ServerResponse, verbose: boolean): Promise<void> {
    const [reasons, services] = await Promise.all([this.#reasons(), this.health()]);
    const all = [
      ...reasons,
      ...services.flatMap(({ name, reasons: own }) => own.map((reason) => `${name}: ${reason}`)),
    ];
    const notes = services.flatMap(({ name, notes: own }) => own.map((note) => `${name}: ${note}`));
    const more = { ...(notes.length > 0 ? { notes } : {}), ...(verbose ? { id: this.id, services } : {}) };
    if (all.length > 0) json(response, 503, { status: 'not ready', reasons: all, ...more });
    else json(response, 200, { status: 'ready', ...more });
  }

  #reasons(): Promise<readonly string[]> {
    return this.#state === 'open' ? inTime(this.readiness()) : Promise.resolve([`the process is ${this.#state}`]);
  }

  /** Reports the state of each service in this process. */
  health(): Promise<readonly ServiceHealth[]> {
    const isOpen = this.#state === 'open';
    return Promise.all(
      this.#services.map(async ({ name, ready, notes, waits, figures, runner }) => {
        const [reasons, work] = isOpen
          ? await Promise.all([
              inTime(Promise.resolve(ready?.()).then((reason) => (reason === undefined ? [] : [reason]))),
              ifInTime(figures?.()),
            ])
          : [[]];
        return {
          name,
          instance: this.id,
          version,
          reasons,
          notes: [...(notes?.() ?? []), ...(waits?.() ?? []).map(lineOf), ...this.notes()],
          ...(work ? { figures: work } : {}),
          ...(runner ? { runner: runner() } : {}),
        };
      }),
    );
  }

  async mount({ name, routes, home }: Service, running: RunningService): Promise<void> {
    const fastify = (running.app as unknown as NestFastifyApplication).getHttpAdapter().getInstance();
    await fastify.ready();
    const route = { matches: routes, routing: fastify.routing as never };
    // Last in any order of mounting: recommendation answers the rest below /subscriptions and /assay.
    if (name === 'recommendation') this.#routes.push(route);
    else this.#routes.unshift(route);
    this.#home ??= home;
    this.#services.push(running);
  }

  /** All services are mounted: from now on a path without a route is answered 404. */
  open(): void {
    this.#state = 'open';
  }

  /** @returns the URL that reaches the server from this machine */
  async listen(port: number, host = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    const { port: taken } = this.#server.address() as AddressInfo;
    return (
      `${this.tls ? 'https' : 'http'}://` +
      `${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${taken}`
    );
  }

  /** Accepts no more connections. Requests in progress may finish within a time limit. */
  async close(): Promise<void> {
    this.#state = 'stopping';
    for (const service of this.#services) service.ending?.();
    // Keep-alive connections stay open for a next request, but none will be answered.
    const idle = setInterval(() => this.#server.closeIdleConnections(), 20);
    const timeout = setTimeout(() => this.#server.closeAllConnections(), drainMs);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    clearInterval(idle);
    clearTimeout(timeout);
  }
}
