import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { JobLoop, silent, systemClock, type Clock, type JobLoopOptions } from '@assay/event-sourcing';
import { emptyStore } from './toy.ts';

/** For whom waiting takes a tenth. */
const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms / 10, call) };

/** A store with one job in it, and a loop that works on it. */
const working = async (work: JobLoopOptions['work']) => {
  const store = emptyStore();
  const { head: { epoch } } = await store.claim(0, 1);
  await store.transact(0, epoch, { head: {}, states: [], outbox: [], park: [], jobs: { put: [{ key: 'k', id: 'j', lane: 'l', payload: {}, enqueuedAt: 1 }], remove: [] } });
  const loop = new JobLoop({ app: 'toy', store, clock: hurried, observer: silent, slots: 1, lanes: () => [{ lane: 'l', most: 1 }], leaseMs: 60_000, maxAttempts: 3, work });
  onTestFinished(() => loop.close());
  return { store, loop };
};

describe('a job loop', () => {
  it('hands in what came of a job also where the store was away for a while', async () => {
    const done = vi.fn(() => Promise.resolve({ result: { good: true } }));
    const { store, loop } = await working(done);
    const finish = vi.spyOn(store, 'finishJob').mockRejectedValueOnce(new Error('away')).mockRejectedValueOnce(new Error('away'));
    loop.start();
    await expect.poll(async () => (await store.jobsOf(0, ['k']))[0], { timeout: 10_000 }).toMatchObject({ state: 'finished', attempt: 1, result: { good: true } });
    expect(finish).toHaveBeenCalledTimes(3);
    expect(done).toHaveBeenCalledTimes(1);
  });

  it('ends although the store is away', async () => {
    const { store, loop } = await working(() => Promise.resolve({ result: {} }));
    const finish = vi.spyOn(store, 'finishJob').mockRejectedValue(new Error('away'));
    loop.start();
    await expect.poll(() => finish.mock.calls.length).toBeGreaterThan(0);
    await loop.close();
    expect((await store.jobsOf(0, ['k']))[0]).toMatchObject({ state: 'leased' });
  });
});
