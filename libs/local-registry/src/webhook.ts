import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs, type Backoff } from '@assay/backoff';

export interface Webhook {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** A push or deletion of a manifest. */
export interface RegistryEvent {
  readonly action: 'push' | 'delete';
  readonly target: Readonly<Record<string, string | number>>;
  readonly request: { readonly method: string; readonly useragent: string };
}

const atOnce = 4;
/** Between attempts to deliver the same notification. */
const deliveryBackoff: Backoff = { firstMs: 100, longestMs: 15_000 };
const mostWaiting = 10_000;
/** Statuses of a receiver that will never accept this body. */
const finalStatuses = [400, 413];

/**
 * Notifies a receiver of pushes and deletions in the format of an ACR webhook. Each event is retried until the receiver
 * accepts it or refuses it for good. An event that cannot be delivered delays the others only briefly. Queued events
 * are lost when the process ends.
 */
export class WebhookSender {
  readonly #webhook: Webhook;
  readonly #host: string;
  readonly #waiting: string[] = [];
  readonly #stop = new AbortController();
  readonly #senders = new Set<Promise<void>>();

  constructor(webhook: Webhook, loginServer: string) {
    this.#webhook = webhook;
    this.#host = loginServer;
  }

  notify({ action, target, request }: RegistryEvent): void {
    const notification = {
      id: randomUUID(),
      timestamp: new Date().toISOString(),
      action,
      target,
      request: { id: randomUUID(), host: this.#host, ...request },
    };
    this.#waiting.push(JSON.stringify(notification));
    // A receiver that was away for so long has to list the registry anyway, so drop the oldest event.
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
    if (this.#senders.size < atOnce) this.#start();
  }

  /** Drops undelivered events. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#senders);
  }

  #start(): void {
    const sender = this.#sendAll()
      .catch(() => undefined)
      .finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  }

  async #sendAll(): Promise<void> {
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) await this.#deliver(body);
  }

  async #deliver(body: string): Promise<void> {
    for (let failures = 0; !(await this.#isTaken(body)); failures += 1)
      await pause(backoffMs(deliveryBackoff, failures), undefined, { signal: this.#stop.signal });
  }

  async #isTaken(body: string): Promise<boolean> {
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(30_000)]);
      const answer = await fetch(this.#webhook.url, {
        method: 'POST',
        body,
        signal,
        redirect: 'error',
        headers: { 'content-type': 'application/json', ...this.#webhook.headers },
      });
      await answer.body?.cancel();
      return answer.ok || finalStatuses.includes(answer.status);
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      return false;
    }
  }
}
