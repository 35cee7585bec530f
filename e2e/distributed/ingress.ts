import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Upstream {
  readonly routes: readonly RegExp[];
  /** Ports of the replicas on loopback. */
  readonly ports: () => readonly number[];
}

const pathOf = (url: string): string =>
  url
    .replaceAll(/%2f/gi, '/')
    .replaceAll(/\/{2,}/g, '/')
    .split('?', 1)[0]!;

/** An ordinary ingress for a laptop: one port, routed by path. If a replica is away, the next one gets the request. */
export class Ingress {
  readonly #server: Server;
  #turn = 0;

  constructor(id: string, upstreams: readonly Upstream[]) {
    this.#server = createServer((incoming, outgoing) => {
      const path = pathOf(incoming.url ?? '/');
      if (path === '/healthz') {
        outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'ok', id }));
        return;
      }
      const upstream = upstreams.find(({ routes }) => routes.some((route) => route.test(path)));
      const ports = upstream?.ports() ?? [];
      this.#turn += 1;
      const inTurn = ports.map((_, at) => ports[(at + this.#turn) % ports.length]!);
      void bodyOf(incoming).then(
        (body) => this.#forward(incoming, body, outgoing, inTurn, upstream ? 503 : 404),
        () => outgoing.destroy(),
      );
    });
  }

  #forward(
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
    [port, ...others]: readonly number[],
    otherwise: number,
  ): void {
    if (port === undefined) {
      outgoing.writeHead(otherwise, { 'content-type': 'application/json', 'retry-after': '1' }).end(
        JSON.stringify({
          error: {
            code: otherwise === 404 ? 'ResourceNotFound' : 'ServiceUnavailable',
            message: 'Nobody answers this just now.',
          },
        }),
      );
      return;
    }
    const forwarded = request(
      { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
      },
    );
    forwarded.on('error', () => {
      if (outgoing.headersSent) outgoing.destroy();
      else this.#forward(incoming, body, outgoing, others, 503);
    });
    forwarded.end(body);
  }

  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
};
