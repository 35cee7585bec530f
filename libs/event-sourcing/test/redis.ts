import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { freePort, startRedis, type RunningServer } from '../../../tools/services/index.ts';
import {
  openRedisStore,
  redisSettings,
  systemClock,
  type Changes,
  type Clock,
  type RedisStoreOptions,
  type Store,
} from '../src/index.ts';
import { connected } from '../src/stores/redis/connect.ts';

const run = promisify(execFile);

export const temporaryFolder = (): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-redis-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** A separate Redis for one test. */
export const redisOf = async (args: readonly string[] = []): Promise<RunningServer> => {
  const { folder, remove } = temporaryFolder();
  const server = await startRedis({ folder, args });
  onTestFinished(async () => {
    await server.stop();
    remove();
  });
  return server;
};

/** Three masters that share the slots. */
export const startCluster = async (
  folder: string,
): Promise<{
  readonly addresses: string;
  readonly nodes: readonly RunningServer[];
  readonly stop: () => Promise<void>;
}> => {
  const nodes: RunningServer[] = [];
  for (const name of ['a', 'b', 'c'])
    nodes.push(
      await startRedis({
        folder: join(folder, name),
        port: await freePort(),
        args: [
          '--cluster-enabled',
          'yes',
          '--cluster-port',
          String(await freePort()),
          '--cluster-node-timeout',
          '2000',
          '--cluster-require-full-coverage',
          'no',
        ],
      }),
    );
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes']);
  return {
    addresses: addresses.join(),
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
};

let services = 0;

/** A store with its own service name. */
export const storeOn = (env: Record<string, string>, more: Partial<RedisStoreOptions> = {}) =>
  openRedisStore({
    settings: redisSettings(env),
    service: `s${(services += 1)}`,
    partitions: 4,
    onError: () => undefined,
    ...more,
  });

/** A store that is closed when the test ends. */
export const opened = async (...args: Parameters<typeof storeOn>) => {
  const store = await storeOn(...args);
  onTestFinished(() => store.close());
  return store;
};

/** Claims a partition, writes to it and reads it back. */
export const works = async (store: Store, partition = 0): Promise<void> => {
  const {
    checkpoint: { epoch },
  } = await store.claim(partition, 1);
  expect((await store.transact(partition, epoch, { ...nothing, states: [{ key: 'a', state: '{}' }] })).committed).toBe(
    true,
  );
  expect((await store.read(partition, ['a'])).size).toBe(1);
};

export const nothing: Changes = { checkpoint: {}, states: [], outbox: [], jobs: { put: [], remove: [] }, park: [] };
export const emitted = (value: string) => ({ topic: 't', partition: 0, key: value, headers: {}, value });

/** Waits a tenth of the time. */
export const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms / 10, call) };

/** A client that accesses the store's data directly. */
export const clientOn = async (env: Record<string, string>) => {
  const client = await connected(redisSettings(env), 'test', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
};
