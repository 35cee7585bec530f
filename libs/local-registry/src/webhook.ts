import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs, type Backoff } from '@assay/backoff';

export interface Webhook {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** What happened to a manifest. */
export interface Happening {
  readonly action: 'push' | 'delete';
  readonly target: Readonly<Record<string, string | number>>;
  readonly request: { readonly method: string; readonly useragent: string };
}

const atOnce = 4;
/** Between attempts to deliver the same notification. */
const deliveryBackoff: Backoff = { firstMs: 100, longestMs: 15_000 };
const mostWaiting = 10_000;
/** What a receiver says when the same body will never do. */
const hopeless = [400, 413];

/**
 * Tells a receiver what was pushed and deleted, in the words of an ACR webhook. Each event is tried until it is taken
 * or refused as such; one that cannot be delivered does not hold up the others for long. Nothing outlives the process.
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

  tell({ action, target, request }: Happening): void {
    const told = {
      id: randomUUID(),
      timestamp: new Date().toISOString(),
      action,
      target,
      request: { id: randomUUID(), host: this.#host, ...request },
    };
    this.#waiting.push(JSON.stringify(told));
    // A receiver that is away for so long has to look for itself anyway.
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
    if (this.#senders.size < atOnce) this.#start();
  }

  /** Gives up what has not been delivered. */
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
      return answer.ok || hopeless.includes(answer.status);
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      return false;
    }
  }
}
