import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { TestCertificate } from './authority.ts';

/** A proxy that tunnels (CONNECT) and forwards, and alone knows the addresses of the names. */
export class FakeProxy {
  /** Destinations that it was asked for, in order: `host:port`, or an address for a forwarded request. */
  readonly asked: string[] = [];
  /** A status by which it refuses everything. */
  refuses: number | undefined;
  /** `Basic …`, if it wants a user. */
  wants: string | undefined;
  /** Drops the connection instead of an answer. */
  drops = false;
  readonly #server: Server;
  readonly #open = new Set<Duplex>();

  /** @param names where each host is in reality: `127.0.0.1:port` */
  constructor(
    private readonly names: Readonly<Record<string, string>>,
    tls?: TestCertificate,
  ) {
    this.#server = tls ? createSecureServer(tls) : createServer();
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#tunnel(request, socket));
    this.#server.on('request', (request: IncomingMessage, response) => {
      const url = new URL(request.url ?? '');
      this.asked.push(url.origin);
      const status = this.#refusal(request) ?? (this.names[url.host] === undefined ? 502 : undefined);
      if (status !== undefined) return void response.writeHead(status).end();
      const target = new URL(`http://${this.names[url.host]}${url.pathname}${url.search}`);
      request.pipe(
        forward(target, { method: request.method, headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        }),
      );
    });
  }

  /** A proxy until the end of the test. */
  static async start(names: Readonly<Record<string, string>> = {}, tls?: TestCertificate): Promise<FakeProxy> {
    const proxy = new FakeProxy(names, tls);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    onTestFinished(() => proxy.close());
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#open) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #refusal({ headers }: IncomingMessage): number | undefined {
    if (this.wants !== undefined && headers['proxy-authorization'] !== this.wants) return 407;
    return this.refuses;
  }

  #tunnel(request: IncomingMessage, socket: Duplex): void {
    const target = request.url ?? '';
    this.asked.push(target);
    this.#keep(socket);
    if (this.drops) return void socket.destroy();
    const place = this.names[target];
    const status = this.#refusal(request) ?? (place === undefined ? 502 : undefined);
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
    const [host, port] = (place ?? '').split(':');
    const other: Socket = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(other).pipe(socket);
    });
    this.#keep(other);
  }

  #keep(socket: Duplex): void {
    this.#open.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#open.delete(socket));
  }
}
