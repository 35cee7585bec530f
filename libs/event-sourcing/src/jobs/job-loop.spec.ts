import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  JobLoop,
  silent,
  systemClock,
  type ClaimedJob,
  type Clock,
  type JobLoopOptions,
  type Worked,
} from '@assay/event-sourcing';
import { emptyStore } from '../../test/toy.ts';

/** Waits a tenth of the time. */
const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms / 10, call) };

/** Suppresses work that is done from time to time. */
const neverByItself: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms < 1000 ? ms : 60_000, call) };

/** A store with one job, and a loop that works on it. More jobs can be put. */
const working = async (
  work: JobLoopOptions['work'],
  { slots = 1, clock = hurried, most = 1 }: Partial<Pick<JobLoopOptions, 'slots' | 'clock'> & { most: number }> = {},
) => {
  const store = emptyStore();
  const {
    checkpoint: { epoch },
  } = await store.claim(0, 1);
  const put = (...keys: string[]) =>
    store.transact(0, epoch, {
      checkpoint: {},
      states: [],
      outbox: [],
      park: [],
      jobs: { put: keys.map((key) => ({ key, id: 'j', lane: 'l', payload: {}, enqueuedAt: 1 })), remove: [] },
    });
  await put('k');
  const loop = new JobLoop({
    app: 'toy',
    store,
    clock,
    observer: silent,
    slots,
    lanes: () => [{ lane: 'l', most }],
    leaseMs: 60_000,
    maxAttempts: 3,
    work,
  });
  onTestFinished(() => loop.close());
  return { store, loop, put };
};

/** A loop that does jobs of the lane `many` together, and others alone. It notes the keys that are done at once. */
const together = async ({
  slots = 1,
  most = 3,
  alone = [],
  outcome = () => Promise.resolve({ result: { good: true } }),
}: {
  slots?: number;
  most?: number;
  alone?: readonly string[];
  outcome?: (claimed: ClaimedJob) => Promise<Worked>;
} = {}) => {
  const store = emptyStore();
  const {
    checkpoint: { epoch },
  } = await store.claim(0, 1);
  const put = (lane: string, ...keys: string[]) =>
    store.transact(0, epoch, {
      checkpoint: {},
      states: [],
      outbox: [],
      park: [],
      jobs: { put: keys.map((key, at) => ({ key, id: 'j', lane, payload: {}, enqueuedAt: at })), remove: [] },
    });
  const done: string[][] = [];
  const loop = new JobLoop({
    app: 'toy',
    store,
    clock: hurried,
    observer: silent,
    slots,
    lanes: () => ['few', 'many'].map((lane) => ({ lane, most: 1 })),
    leaseMs: 60_000,
    maxAttempts: 3,
    work: (job, signal) => {
      done.push([job.key]);
      return outcome({ job, signal });
    },
    together: {
      lane: 'many',
      most,
      joins: ({ key }) => !alone.includes(key),
      work: (claimed) => {
        done.push(claimed.map(({ job }) => job.key));
        return claimed.map(outcome);
      },
    },
  });
  onTestFinished(() => loop.close());
  const states = async () =>
    Object.fromEntries(
      (await store.jobsOf(0, ['a', 'b', 'c', 'd', 'e'])).map(({ key, state, attempt }) => [key, `${state} ${attempt}`]),
    );
  return { store, loop, put, done, states };
};

describe('jobs that are done together', () => {
  it('share a slot and have an outcome each', async () => {
    const { loop, put, done, states } = await together({
      outcome: ({ job }) =>
        job.key === 'b' ? Promise.reject(new Error('of b only')) : Promise.resolve({ result: { key: job.key } }),
    });
    await put('many', 'a', 'b', 'c', 'd', 'e');
    loop.start();
    await expect.poll(states).toMatchObject({ a: 'finished 1', c: 'finished 1', d: 'finished 1', e: 'finished 1' });
    expect(done.slice(0, 2)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
    expect((await states())['b']).toBe('queued 1');
  });

  it('are ended by one that is to be done alone, which keeps its turn and its attempts', async () => {
    const { loop, put, done, states } = await together({ alone: ['c'] });
    await put('many', 'a', 'b', 'c', 'd', 'e');
    loop.start();
    await expect.poll(states).toEqual(Object.fromEntries([...'abcde'].map((key) => [key, 'finished 1'])));
    expect(done).toEqual([['a', 'b'], ['c'], ['d', 'e']]);
  });

  it('leave the other slots to other lanes', async () => {
    const ended = Promise.withResolvers<Worked>();
    const { loop, put, done, states } = await together({
      slots: 3,
      most: 2,
      outcome: ({ job }) => (job.lane === 'many' ? ended.promise : Promise.resolve({ result: {} })),
    });
    await put('many', 'a', 'b', 'c');
    loop.start();
    await expect.poll(() => done).toEqual([['a', 'b']]);
    await put('few', 'e');
    await expect.poll(states).toMatchObject({ c: 'queued 0', e: 'finished 1' });
    ended.resolve({ result: {} });
    await expect.poll(states).toMatchObject({ a: 'finished 1', b: 'finished 1', c: 'finished 1' });
    expect(done).toEqual([['a', 'b'], ['e'], ['c']]);
  });

  it('are handed back when the service stops, without a counted attempt', async () => {
    const { loop, put, done, states } = await together({
      outcome: ({ signal }) => once(signal, 'abort').then(() => Promise.reject(signal.reason as Error)),
    });
    await put('many', 'a', 'b');
    loop.start();
    await expect.poll(() => done).toEqual([['a', 'b']]);
    await loop.close();
    expect(await states()).toEqual({ a: 'queued 0', b: 'queued 0' });
  });

  it('end one by one where their jobs are withdrawn', async () => {
    const ended: string[] = [];
    const { store, loop, put, done } = await together({
      outcome: ({ job, signal }) =>
        once(signal, 'abort').then(() => {
          ended.push(job.key);
          return { result: {} };
        }),
    });
    vi.spyOn(store, 'renewJob').mockImplementation(({ key }) => Promise.resolve(key !== 'b'));
    await put('many', 'a', 'b');
    loop.start();
    await expect.poll(() => done).toEqual([['a', 'b']]);
    await expect.poll(() => ended).toEqual(['b']);
  });
});

describe('a job loop', () => {
  it('stores the outcome of a job even if the store was away for a while', async () => {
    const done = vi.fn(() => Promise.resolve({ result: { good: true } }));
    const { store, loop } = await working(done);
    const finish = vi
      .spyOn(store, 'finishJob')
      .mockRejectedValueOnce(new Error('away'))
      .mockRejectedValueOnce(new Error('away'));
    loop.start();
    await expect
      .poll(async () => (await store.jobsOf(0, ['k']))[0])
      .toMatchObject({ state: 'finished', attempt: 1, result: { good: true } });
    expect(finish).toHaveBeenCalledTimes(3);
    expect(done).toHaveBeenCalledTimes(1);
  });

  it('closes although the store is away', async () => {
    const { store, loop } = await working(() => Promise.resolve({ result: {} }));
    const finish = vi.spyOn(store, 'finishJob').mockRejectedValue(new Error('away'));
    loop.start();
    await expect.poll(() => finish.mock.calls.length).toBeGreaterThan(0);
    await loop.close();
    expect((await store.jobsOf(0, ['k']))[0]).toMatchObject({ state: 'leased' });
  });

  it('claims a new job in its partition while idle, and then looks no further', async () => {
    const started: string[] = [];
    const { store, loop, put } = await working(
      ({ key }, signal) => {
        started.push(key);
        return key === 'k' ? Promise.resolve({ result: {} }) : once(signal, 'abort').then(() => ({ retryInMs: 0 }));
      },
      { slots: 3, clock: neverByItself },
    );
    loop.start();
    await expect.poll(async () => (await store.jobsOf(0, ['k']))[0]).toMatchObject({ state: 'finished' });
    await pause(50);
    const claim = vi.spyOn(store, 'claimJob');
    await put('idle');
    await expect.poll(() => started).toEqual(['k', 'idle']);
    await pause(50);
    await put('busy');
    await pause(50);
    expect(claim.mock.calls.map(([{ near }]) => near)).toEqual([0, undefined]);
  });

  it('claims a job that had no room before once there is room', async () => {
    const started: string[] = [];
    const { loop, put } = await working(
      ({ key }) => {
        started.push(key);
        return pause(50, { result: {} });
      },
      { slots: 2, clock: neverByItself },
    );
    await put('other');
    loop.start();
    await expect.poll(() => started.toSorted()).toEqual(['k', 'other']);
  });

  it.each([
    ['at once where its lane had no room for more', 1, 'looks'],
    ['only a while later where it had room for more', 3, 'waits'],
  ])('looks for more %s', async (_, most, next) => {
    const happened: string[] = [];
    const clock: Clock = {
      ...neverByItself,
      after: (ms, call) => {
        if (ms >= 50 && ms < 1000) happened.push('waits');
        return neverByItself.after(ms, call);
      },
    };
    const { store, loop } = await working(() => pause(50, { result: {} }), { slots: 3, clock, most });
    for (const [name, step] of [
      ['claimJob', 'looks'],
      ['finishJob', 'finishes'],
    ] as const) {
      const method = store[name].bind(store) as (...args: unknown[]) => never;
      vi.spyOn(store, name).mockImplementation((...args: unknown[]) => {
        happened.push(step);
        return method(...args);
      });
    }
    loop.start();
    const afterwards = (): string[] => happened.slice(happened.indexOf('finishes') + 1);
    await expect.poll(() => happened.includes('finishes') && afterwards().includes('looks')).toBe(true);
    expect(afterwards()[0]).toBe(next);
  });

  it('looks in all partitions if notified again while its first claim found nothing', async () => {
    const { store, loop } = await working(() => Promise.resolve({ result: {} }), { slots: 3, clock: neverByItself });
    loop.start();
    await expect.poll(async () => (await store.jobsOf(0, ['k']))[0]).toMatchObject({ state: 'finished' });
    await pause(50);
    const gone = Promise.withResolvers<undefined>();
    const claim = vi.spyOn(store, 'claimJob').mockImplementationOnce(() => gone.promise);
    const kicked = [loop.kick(0), loop.kick(1), loop.kick(2)];
    gone.resolve(undefined);
    await Promise.all(kicked);
    expect(claim.mock.calls.map(([{ near }]) => near)).toEqual([0, undefined]);
  });
});

describe('jobs of a shared lane', () => {
  /** A loop whose jobs end when the test ends them. */
  const shared = async (slots: number) => {
    const store = emptyStore();
    const {
      checkpoint: { epoch },
    } = await store.claim(0, 1);
    let enqueuedAt = 0;
    const put = (...names: string[]) =>
      store.transact(0, epoch, {
        checkpoint: {},
        states: [],
        outbox: [],
        park: [],
        jobs: {
          put: names.map((key) => ({
            key,
            id: 'j',
            lane: `push|${key.slice(1)}`,
            payload: {},
            enqueuedAt: (enqueuedAt += 1),
          })),
          remove: [],
        },
      });
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const loop = new JobLoop({
      app: 'toy',
      store,
      clock: hurried,
      observer: silent,
      slots,
      inTurn: true,
      lanes: () => [{ lane: 'push', most: Infinity }],
      leaseMs: 60_000,
      maxAttempts: 3,
      work: ({ key }) => {
        begun.push(key);
        return new Promise((resolve) => ends.set(key, () => resolve({ result: {} })));
      },
    });
    onTestFinished(async () => {
      const closed = loop.close();
      for (const end of ends.values()) end();
      await closed;
    });
    return { put, begun, loop, end: (key: string) => ends.get(key)?.() };
  };

  it('go round: a subscription with many waits for one with few', async () => {
    const { put, begun, loop, end } = await shared(1);
    await put('1a/r/x', '2a/r/x', '3a/r/x', '4b/r/x', '5b/r/x');
    loop.start();
    for (const [at, key] of ['1a/r/x', '4b/r/x', '2a/r/x', '5b/r/x', '3a/r/x'].entries()) {
      await expect.poll(() => begun.length).toBeGreaterThan(at);
      end(key);
    }
    expect(begun).toEqual(['1a/r/x', '4b/r/x', '2a/r/x', '5b/r/x', '3a/r/x']);
  });

  it('of one subscription take all slots while it is alone, and a registry without any gets one more', async () => {
    const { put, begun, loop } = await shared(2);
    await put('1a/r/x', '2a/r/x', '3a/r/y');
    await loop.kick();
    await loop.kick();
    expect(begun).toEqual(['1a/r/x', '3a/r/y']);
    await put('4b/s/x', '5b/s/x', '6a/t/x', '7c/u/x');
    await loop.kick();
    expect(begun).toEqual(['1a/r/x', '3a/r/y', '4b/s/x', '7c/u/x']);
  });
});
