import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { patienceMs } from '@assay/testing';
import { startLocalRegistry } from '@assay/local-registry';
import { demoRegistries } from '../../apps/assay/src/demo/run.ts';
import { localRegistryOf } from '../../apps/assay/src/suite/local-registry.ts';
import { freePort, startKafka, startRedis, type RunningServer } from '../../tools/services/index.ts';
import { DistributedSuite, type DistributedOptions, type WatchedRegistry } from '../distributed/suite.ts';
import { home, terminal } from './suite.ts';
import { unhurried } from '../unhurried.ts';

export interface Distributed {
  readonly suite: DistributedSuite;
  readonly kafka: RunningServer;
  readonly redis: RunningServer;
  /** The secret of each registry's notifications, by its name. */
  readonly secrets: Readonly<Record<string, string>>;
}

export const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-distributed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** Kafka, Redis, the demonstration's two registries and six processes, for one test. */
export const startDistributed = async ({
  replicas = 1,
  env = {},
  more = [],
  commandOf,
}: {
  readonly replicas?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Registries beside those of the demonstration. */
  readonly more?: readonly WatchedRegistry[];
  readonly commandOf?: DistributedOptions['commandOf'];
} = {}): Promise<Distributed> => {
  const folder = await temporaryFolder();
  const stopped = (server: RunningServer): RunningServer => {
    onTestFinished(() => server.stop());
    return server;
  };
  const [kafka, redis, port] = [
    stopped(await startKafka({ folder: join(folder, 'kafka') })),
    stopped(await startRedis({ folder: join(folder, 'redis') })),
    await freePort(),
  ];
  const registries = await Promise.all(
    demoRegistries.map(async (spec) => {
      const secret = `secret-of-${spec.name}`;
      const registry = await startLocalRegistry({
        directory: join(folder, 'registry', spec.name),
        host: '127.0.0.1',
        port: 0,
        webhook: { url: `http://127.0.0.1:${port}/ingest/acr`, headers: { authorization: `Bearer ${secret}` } },
      });
      onTestFinished(() => registry.close());
      return {
        ...localRegistryOf(spec, registry.loginServer, secret),
        name: spec.name,
        subscriptionId: spec.subscriptionId,
        subscriptionName: spec.subscriptionName,
        secret,
      };
    }),
  );
  const suite = await DistributedSuite.start({
    folder: join(folder, 'suite'),
    port,
    replicas,
    registries: [...registries, ...more],
    commandOf,
    env: {
      ...process.env,
      ...unhurried,
      ASSAY_HOME: home,
      ASSAY_KAFKA_BROKERS: kafka.url,
      ASSAY_REDIS_URL: redis.url,
      ...env,
    },
  });
  onTestFinished(() => suite.close());
  for (const { plan, subscriptionId } of demoRegistries) if (plan) await suite.switchOn(subscriptionId, plan);
  return { suite, kafka, redis, secrets: Object.fromEntries(registries.map(({ name, secret }) => [name, secret])) };
};

interface Shown {
  readonly repository: string;
  readonly status: string;
  readonly reason?: string;
}

/** The final status of an image in a repository. */
export const settled = async (
  suite: DistributedSuite,
  digest: string,
  repository: string,
  timeoutMs = patienceMs,
): Promise<Shown> => {
  for (const deadline = Date.now() + timeoutMs; ; await pause(300)) {
    const answer = await suite.get<{ placements: Shown[] }>(`/assay/images/${digest}`).catch(() => undefined);
    const placement = answer?.placements.find((each) => each.repository === repository);
    if (placement && terminal(placement.status)) return placement;
    if (Date.now() > deadline) throw new Error(`${repository}@${digest} is still ${placement?.status ?? 'unknown'}`);
  }
};
