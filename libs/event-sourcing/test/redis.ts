import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { freePort, startRedis, type Server } from '../../../tools/services/index.ts';
import { openRedisStore, redisSettings, type RedisStoreOptions } from '../src/index.ts';
import { connected } from '../src/redis/connect.ts';

const run = promisify(execFile);

export const temporaryFolder = (): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-redis-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** A Redis of its own for one test. */
export const redisOf = async (args: readonly string[] = []): Promise<Server> => {
  const { folder, remove } = temporaryFolder();
  const server = await startRedis({ folder, args });
  onTestFinished(async () => { await server.stop(); remove(); });
  return server;
};

/** Three masters that share the slots. */
export const startCluster = async (folder: string): Promise<{ readonly addresses: string; readonly nodes: readonly Server[]; readonly stop: () => Promise<void> }> => {
  const nodes: Server[] = [];
  for (const name of ['a', 'b', 'c']) nodes.push(await startRedis({ folder: join(folder, name), port: await freePort(), args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-require-full-coverage', 'no'] }));
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes']);
  return { addresses: addresses.join(), nodes, stop: async () => { await Promise.all(nodes.map((node) => node.stop())); } };
};

let services = 0;

/** A store with a service name of its own. */
export const storeOn = (env: Record<string, string>, more: Partial<RedisStoreOptions> = {}) =>
  openRedisStore({ settings: redisSettings(env), service: `s${(services += 1)}`, partitions: 4, onError: () => undefined, ...more });

/** A client to look behind the store with. */
export const clientOn = async (env: Record<string, string>) => {
  const client = await connected(redisSettings(env), 'test', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
};
