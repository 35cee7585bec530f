import { expect, it } from 'vitest';
import { nothing, opened, redisOf } from '../../../test/redis.ts';

const claiming = {
  leaseMs: 60_000,
  maxAttempts: 3,
  lanes: [
    { lane: 'push', most: 2 },
    { lane: 'rescan', most: 1 },
  ],
};

it('a job of the near partition is leased first, in lane order, before jobs of other partitions', async () => {
  const store = await opened({ ASSAY_REDIS_URL: (await redisOf()).url });
  const names = [
    ['rescan-0', 'push-0'],
    ['push-1', 'rescan-1'],
  ];
  for (const [partition, ids] of names.entries()) {
    const {
      checkpoint: { epoch },
    } = await store.claim(partition, 1);
    // The jobs of partition 0 are older.
    await store.transact(partition, epoch, {
      ...nothing,
      jobs: {
        put: ids.map((id) => ({ id, key: id, lane: id.split('-')[0]!, payload: {}, enqueuedAt: partition })),
        remove: [],
      },
    });
  }
  const claimed = [];
  for (let turn = 0; turn < 4; turn += 1) claimed.push((await store.claimJob({ ...claiming, near: 1 }))?.id);
  expect(claimed).toEqual(['push-1', 'rescan-1', 'push-0', undefined]);
  expect((await store.jobsOf(0, ['rescan-0']))[0]).toMatchObject({ state: 'queued' });
});
