import { setTimeout as pause } from 'node:timers/promises';
import type { Observer } from '@assay/event-sourcing';
import type { Logger } from './logger.ts';

export type Server = 'Kafka' | 'Redis';

const serverOf: Readonly<Record<string, Server>> = { 'kafka-unreachable': 'Kafka', 'redis-unreachable': 'Redis' };

export interface OutagePorts {
  readonly logger: Logger;
  /** Sends the server a request; fails while it is away. */
  readonly probe: (server: Server) => Promise<unknown>;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  /** An outage ends only after this long without a failure: some of many brokers may answer while others are away. */
  readonly quietMs?: number;
}

interface Outage {
  readonly began: number;
  failures: number;
  last: number;
}

/**
 * Logs an outage of a server once, regardless of who notices it and how often, and once more when the server answers
 * again.
 */
export class Outages {
  readonly #now = new Map<Server, Outage>();

  constructor(private readonly ports: OutagePorts) {}

  /** True from the first failure until the server answers again. */
  isAway(server: Server): boolean {
    return this.#now.has(server);
  }

  /** Takes the failures due to a server that is away; passes all others to `others`. */
  failedOr(others: Observer['failed']): Observer['failed'] {
    return (app, context, error) => {
      const server = serverOf[String((error as { readonly code?: unknown } | null | undefined)?.code)];
      if (server === undefined) return others(app, context, error);
      const known = this.#now.get(server);
      if (known) {
        known.failures += 1;
        known.last = Date.now();
        return;
      }
      this.ports.logger.warn({ app, error }, `${server} does not answer (${context})`);
      const outage = { began: Date.now(), failures: 1, last: Date.now() };
      this.#now.set(server, outage);
      void this.#untilOver(server, outage);
    };
  }

  async #untilOver(server: Server, outage: Outage): Promise<void> {
    const { logger, probe, signal, everyMs = 1_000, quietMs = 5_000 } = this.ports;
    do {
      await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
    } while (
      Date.now() - outage.last < quietMs ||
      !(await probe(server).then(
        () => true,
        () => false,
      )) ||
      Date.now() - outage.last < quietMs
    );
    this.#now.delete(server);
    logger.info(
      { seconds: Math.round((Date.now() - outage.began) / 1000), failures: outage.failures },
      `${server} answers again`,
    );
  }
}
