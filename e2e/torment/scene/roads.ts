import { join } from 'node:path';
import {
  freePort,
  startKafka,
  startProxy,
  startRedis,
  type Proxy,
  type RunningServer,
} from '../../../tools/services/index.ts';

/** The path of one half of the replicas to Kafka and Redis: a separate proxy to each, which can be blocked. */
export interface Road {
  readonly kafka: Proxy;
  readonly redis: Proxy;
}

export interface Ground {
  readonly kafka: RunningServer;
  readonly redis: RunningServer;
  /** One for each replica of a service, in their order. */
  readonly roads: readonly Road[];
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/**
 * Kafka and Redis, each behind as many proxies as there are replicas. A broker announces its address to its clients, so
 * it has one listener per road, with the road's port. No client can get around a blocked road.
 */
export const layRoads = async (folder: string, count: number): Promise<Ground> => {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  const kept = <T extends { stop(): Promise<void> }>(server: T): T => {
    stops.push(() => server.stop());
    return server;
  };
  try {
    const ports = await distinctPorts(count + 1);
    const [own, controller, ...listening] = [ports[0]!, await freePort(), ...ports.slice(1)] as [
      number,
      number,
      ...number[],
    ];
    const kafkas: Proxy[] = [];
    for (const port of listening) kafkas.push(kept(await startProxy(port)));
    const [kafka, redis] = [
      kept(
        await startKafka({
          folder: join(folder, 'kafka'),
          port: own,
          properties: listeners(own, controller, listening, kafkas),
        }),
      ),
      kept(await startRedis({ folder: join(folder, 'redis') })),
    ];
    const roads: Road[] = [];
    for (const road of kafkas) roads.push({ kafka: road, redis: kept(await startProxy(redis.port)) });
    return { kafka, redis, roads, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const distinctPorts = async (count: number): Promise<number[]> => {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
};

const listeners = (
  own: number,
  controller: number,
  listening: readonly number[],
  roads: readonly Proxy[],
): Record<string, string> => {
  const at = (name: string, port: number): string => `${name}://${host}:${port}`;
  const names = listening.map((_, road) => `ROAD${road + 1}`);
  return {
    listeners: [
      at('PLAINTEXT', own),
      ...names.map((name, road) => at(name, listening[road]!)),
      at('CONTROLLER', controller),
    ].join(','),
    'advertised.listeners': [at('PLAINTEXT', own), ...names.map((name, road) => at(name, roads[road]!.port))].join(','),
    'listener.security.protocol.map': ['PLAINTEXT', 'CONTROLLER', ...names]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'controller.quorum.voters': `1@${host}:${controller}`,
  };
};
