import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { JobLoop, silent, type Job } from '../../index.ts';
import { nothing, opened, redisOf } from '../../../test/redis.ts';

const lanes = [{ lane: 'push', most: Infinity }];
const leaseMs = 1_500;

/** Runs code as on a host whose clock is off by some milliseconds, for the store and its client, too. */
const host = await vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  const { now } = Date;
  const off = new AsyncLocalStorage<number>();
  // Set before any module keeps a reference to it.
  Date.now = () => now() + (off.getStore() ?? 0);
  return off;
});

describe.each([20_000, 60_000])('instances whose clocks are %i ms apart', (ms) => {
  it("never claim each other's jobs, and do each once", async () => {
    const { url } = await redisOf();
    const stores = [
      await host.run(0, () => opened({ ASSAY_REDIS_URL: url }, { service: 'sandbox-runner' })),
      await host.run(ms, () => opened({ ASSAY_REDIS_URL: url }, { service: 'sandbox-runner' })),
    ];
    const started: string[] = [];
    const ended = Promise.withResolvers<void>();
    const work =
      (by: string) =>
      async ({ id, attempt }: Job, signal: AbortSignal) => {
        started.push(`${id}, attempt ${attempt}`);
        // Takes several leases, so the job is renewed, and the other host looks for it again and again.
        await Promise.race([
          ended.promise,
          new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          }),
        ]);
        return { result: { by, stopped: signal.aborted } };
      };
    const loops = stores.map(
      (store, at) =>
        new JobLoop({
          app: 'sandbox-runner',
          store,
          observer: silent,
          slots: 4,
          lanes: () => lanes,
          leaseMs,
          maxAttempts: 3,
          work: work(`host ${at}`),
        }),
    );
    onTestFinished(async () => {
      ended.resolve();
      await Promise.all(loops.map((loop) => loop.close()));
    });
    for (const [at, loop] of loops.entries()) host.run(at * ms, () => loop.start());
    const {
      checkpoint: { epoch },
    } = await stores[0]!.claim(0, 1);
    const ids = ['a', 'b', 'c'];
    await stores[0]!.transact(0, epoch, {
      ...nothing,
      jobs: { put: ids.map((id) => ({ id, key: id, lane: 'push', payload: {}, enqueuedAt: Date.now() })), remove: [] },
    });
    await expect.poll(() => started.length).toBeGreaterThanOrEqual(3);
    await pause(3 * leaseMs);
    ended.resolve();
    await expect
      .poll(async () => (await stores[0]!.jobsOf(0, ids)).map(({ state }) => state))
      .toEqual(['finished', 'finished', 'finished']);
    expect(started.toSorted()).toEqual(['a, attempt 1', 'b, attempt 1', 'c, attempt 1']);
    expect((await stores[0]!.jobsOf(0, ids)).map(({ result }) => (result as { stopped: boolean }).stopped)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
