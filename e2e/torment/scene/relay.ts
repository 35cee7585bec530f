import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { notificationId } from '@assay/events';
import type { Random } from '../../simulation/world/random.ts';

/** Share of all notifications. */
const [lostShare, repeatedShare] = [0.05, 0.2];
const repeatWithinMs = 5000;
const answerMs = 4500;

interface Notification {
  readonly id: string;
  readonly action: string;
  readonly target: { readonly mediaType?: string; readonly repository?: string };
}

/** The target of a registry's notifications, and its secret. */
export interface RelayRoute {
  readonly registryId: string;
  readonly secret: string;
}

/**
 * Stands between registries and the suite as an unreliable network: it loses some notifications of manifests and
 * repeats others. It returns the suite's answer to the registry, which retries refused notifications in order.
 */
export class NotificationRelay {
  readonly #server = createServer((request, response) => {
    void this.#take(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(502).end(),
    );
  });
  readonly #fates = new Map<string, 'delivered' | 'lost' | 'repeated'>();
  readonly #later = new Set<NodeJS.Timeout>();
  /** Ids that notifications have in the log, of those that the suite confirmed to have accepted. */
  readonly taken = new Set<string>();
  lost = 0;
  repeated = 0;
  /** While the relay is healthy, it loses and repeats nothing. */
  healthy = false;
  readonly #random: Random;
  readonly #routes: ReadonlyMap<string, RelayRoute>;
  readonly #ingress: () => string | undefined;

  constructor(random: Random, routes: ReadonlyMap<string, RelayRoute>, ingress: () => string | undefined) {
    [this.#random, this.#routes, this.#ingress] = [random, routes, ingress];
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #take(request: IncomingMessage): Promise<number> {
    const name = (request.url ?? '/').slice(1);
    const body = await textOf(request);
    const { events } = JSON.parse(body) as { events: readonly Notification[] };
    const notifications = events.filter(
      ({ action, target }) => action === 'push' && target.mediaType !== 'application/octet-stream',
    );
    if (notifications.length === 0) return 202;
    const fate = this.#fateOf(notifications.map(({ id }) => id).join());
    if (fate === 'lost') return 202;
    const status = await this.#forward(name, body, notifications);
    if (fate === 'repeated' && status < 300) this.#again(name, body, notifications);
    return status;
  }

  /** A notification that is retried keeps its fate. */
  #fateOf(id: string): 'delivered' | 'lost' | 'repeated' {
    const known = this.#fates.get(id);
    if (known) return known;
    const drawn = this.#random.next();
    const fate = this.healthy
      ? 'delivered'
      : drawn < lostShare
        ? 'lost'
        : drawn < lostShare + repeatedShare
          ? 'repeated'
          : 'delivered';
    this.#fates.set(id, fate);
    if (fate === 'lost') this.lost += 1;
    if (fate === 'repeated') this.repeated += 1;
    return fate;
  }

  #again(name: string, body: string, notifications: readonly Notification[]): void {
    const timer = setTimeout(
      () => {
        this.#later.delete(timer);
        void this.#forward(name, body, notifications).catch(() => undefined);
      },
      this.#random.between(0, repeatWithinMs),
    );
    this.#later.add(timer);
  }

  async #forward(name: string, body: string, notifications: readonly Notification[]): Promise<number> {
    const { registryId, secret } = this.#routes.get(name)!;
    const url = this.#ingress();
    if (url === undefined) return 503;
    const answer = await fetch(`${url}/ingest/registry`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(answerMs),
    });
    await answer.body?.cancel();
    if (answer.ok)
      for (const { id } of notifications) this.taken.add(notificationId('distribution', registryId.toLowerCase(), id));
    return answer.status;
  }

  async stop(): Promise<void> {
    for (const timer of this.#later) clearTimeout(timer);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
};
