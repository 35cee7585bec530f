import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeStore } from '@assay/testing';
import { startRedis, type RunningServer } from '../../../../../tools/services/index.ts';
import { startCluster, storeOn, temporaryFolder } from '../../../test/redis.ts';

const { folder, remove } = temporaryFolder();
let server: RunningServer;
let cluster: Awaited<ReturnType<typeof startCluster>>;
beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis({ folder: join(folder, 'server') }), startCluster(folder)]);
});
afterAll(async () => {
  await Promise.all([server.stop(), cluster.stop()]);
  remove();
});

describeStore('Redis', () => storeOn({ ASSAY_REDIS_URL: server.url }));
describeStore('Redis Cluster', () => storeOn({ ASSAY_REDIS_CLUSTER: cluster.addresses }));
