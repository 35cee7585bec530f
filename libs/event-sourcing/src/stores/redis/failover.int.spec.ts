import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../../../tools/services/index.ts';
import { RunningServer } from '../../../../../tools/services/server.ts';
import { nothing, opened, redisOf, startCluster, storeOn, temporaryFolder, works } from '../../../test/redis.ts';
import type { Store } from '../store.ts';

const partitions = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** A sentinel that replaces a master after a second of silence. */
const sentinelOf = async (master: RunningServer): Promise<RunningServer> => {
  const { folder, remove } = temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'sentinel.conf');
  writeFileSync(
    config,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor mine 127.0.0.1 ${master.port} 1\n` +
      'sentinel down-after-milliseconds mine 1000\nsentinel failover-timeout mine 5000\n',
  );
  const sentinel = await RunningServer.start({
    name: 'sentinel',
    folder,
    port,
    url: `redis://127.0.0.1:${port}`,
    command: 'redis-server',
    args: [config, '--sentinel'],
    remedy: 'apt-get install redis-server',
    answers: () => Promise.resolve(true),
  });
  onTestFinished(async () => {
    await sentinel.stop();
    remove();
  });
  return sentinel;
};

const sentinelSees = async (sentinel: RunningServer): Promise<boolean> =>
  (
    await promisify(execFile)('redis-cli', ['-p', String(sentinel.port), 'sentinel', 'replicas', 'mine'])
  ).stdout.includes('master-link-status\nok');

const putsAJob = async (store: Store): Promise<void> => {
  const {
    checkpoint: { epoch },
  } = await store.claim(0, 1);
  await store.transact(0, epoch, {
    ...nothing,
    jobs: { put: [{ key: 'k', id: 'j', lane: 'l', payload: {}, enqueuedAt: 1 }], remove: [] },
  });
};

describe('when a server fails', () => {
  it('the client finds the new master that the sentinels name', async () => {
    const master = await redisOf();
    await redisOf(['--replicaof', '127.0.0.1', String(master.port)]);
    const sentinel = await sentinelOf(master);
    const env = {
      ASSAY_REDIS_SENTINELS: `127.0.0.1:${await freePort()},127.0.0.1:${sentinel.port}`,
      ASSAY_REDIS_SENTINEL_NAME: 'mine',
    };
    await expect(storeOn({ ...env, ASSAY_REDIS_SENTINEL_NAME: 'another' })).rejects.toMatchObject({
      code: 'redis-unreachable',
    });
    await expect
      .poll(() =>
        opened(env)
          .then((store) => works(store))
          .then(
            () => true,
            () => false,
          ),
      )
      .toBe(true);
    const store = await opened(env);
    const notified: string[] = [];
    store.watchJobs(({ state }) => notified.push(state));
    // Until the sentinel has seen the replica, it cannot name a new master.
    await expect.poll(() => sentinelSees(sentinel)).toBe(true);
    await master.kill();
    await expect
      .poll(() =>
        works(store).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await expect
      .poll(() =>
        putsAJob(store).then(
          () => notified.length > 0,
          () => false,
        ),
      )
      .toBe(true);
  });

  it('the other nodes of a cluster go on, and the client finds it after its restart', async () => {
    const { folder, remove } = temporaryFolder();
    const { addresses, nodes, stop } = await startCluster(folder);
    onTestFinished(async () => {
      await stop();
      remove();
    });
    const store = await opened({ ASSAY_REDIS_CLUSTER: addresses }, { partitions: partitions.length });
    const working = () =>
      Promise.all(
        partitions.map((partition) =>
          works(store, partition).then(
            () => true,
            (error: unknown) => (error as { code: string }).code,
          ),
        ),
      );
    const epochs = await Promise.all(
      partitions.map(async (partition) => (await store.claim(partition, 1)).checkpoint.epoch),
    );
    const written = async () =>
      new Set(
        await Promise.all(
          partitions.map((partition) =>
            store.transact(partition, epochs[partition]!, nothing).then(
              ({ committed }) => committed,
              (error: unknown) => (error as { code: string }).code,
            ),
          ),
        ),
      );
    expect(await written()).toEqual(new Set([true]));
    await nodes[0]!.kill();
    expect(await written()).toEqual(new Set([true, 'redis-unreachable']));
    await Promise.all(nodes.map((node) => node.kill()));
    expect(await written()).toEqual(new Set(['redis-unreachable']));
    await Promise.all(nodes.map((node) => node.restart()));
    await expect.poll(working).toEqual(partitions.map(() => true));
    const notified: string[] = [];
    store.watchJobs(({ state }) => notified.push(state));
    await expect.poll(() => putsAJob(store).then(() => notified.length > 0)).toBe(true);
  });
});
