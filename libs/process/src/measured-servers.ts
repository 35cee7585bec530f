import { setTimeout as pause } from 'node:timers/promises';
import { gauge } from '@assay/telemetry';
import type { Server } from './outages.ts';

const labels = { Kafka: { what: 'kafka' }, Redis: { what: 'redis' } } as const satisfies Record<Server, object>;

/** A server that has not answered by then counts as away, ms. */
const answerMs = 2_000;

export interface ServerPorts {
  /** Sends the server a request; fails while it is away. */
  readonly probe: (server: Server) => Promise<unknown>;
  /** Whether requests failed for this reason, and none of the servers' last probes ended it. */
  readonly isAway: (server: Server) => boolean;
  readonly answerMs?: number;
}

/**
 * Publishes for one service whether Kafka and Redis answer. Some of many brokers may answer while others are away: so
 * the failures of the service count, too.
 *
 * @returns a function that ends this
 */
export const measuredServers = (service: string, { probe, isAway, answerMs: withinMs = answerMs }: ServerPorts) => {
  const answers = (server: Server): Promise<boolean> =>
    Promise.race([
      probe(server).then(
        () => true,
        () => false,
      ),
      pause(withinMs, false, { ref: false }),
    ]);
  return gauge('up', service).watch(async (observe) => {
    const servers = Object.keys(labels) as Server[];
    const up = await Promise.all(servers.map(async (server) => !isAway(server) && answers(server)));
    for (const [nth, server] of servers.entries()) observe(Number(up[nth]), labels[server]);
  });
};
