import { describe, expect, it, onTestFinished } from 'vitest';
import { append, chargesIn, classified, emptyLog, running, toy } from '../../../test/toy.ts';
import { clientOn, opened, redisOf } from '../../../test/redis.ts';
import { silent, type Store } from '../../index.ts';

/** Stores of one service on one Redis, as in several processes. */
const setting = async () => {
  const env = { ASSAY_REDIS_URL: (await redisOf()).url };
  const client = await clientOn(env);
  const open = (service = 'billing') => opened(env, { service, partitions: 3 });
  /** Simulates that the processes of a version ended half a minute ago. */
  const gone = (version: number) => client.zadd('assay:programs:billing', Date.now() - 31_000, version);
  return { open, gone };
};

const versionsIn = async (store: Store) =>
  Promise.all([0, 1, 2].map(async (partition) => (await store.checkpoint(partition))?.stateVersion));

describe('programs of several versions on one Redis', () => {
  it('know of each other for half a minute after the last announcement', async () => {
    const { open, gone } = await setting();
    const [old, newer, another] = [await open(), await open(), await open('classifier')];
    expect(await old.announce(1)).toBe(1);
    expect(await newer.announce(12)).toBe(12);
    expect(await old.announce(9)).toBe(12);
    expect(await another.announce(1)).toBe(1);
    await gone(12);
    expect(await old.announce(9)).toBe(9);
  });

  it('emit nothing twice during a rolling upgrade, nor during a rollback', async () => {
    const { open, gone } = await setting();
    const log = emptyLog();
    const waits: string[] = [];
    const observer = {
      ...silent,
      waiting: ({ code }: { code: string }) => {
        waits.push(code);
      },
    };
    const started = async (stateVersion: number) => {
      const service = await running(log, await open(), { observer }, toy.decide, toy.evolveReceived, stateVersion);
      let ended: Promise<void> | undefined;
      const stop = () => (ended ??= service.stop());
      onTestFinished(stop);
      return { host: service.host, stop };
    };
    const looker = await open();
    let received = 0;
    const appendMore = () => append(log, ...Array.from({ length: 60 }, () => classified((received += 1) % 9)));
    const allEmitted = async () => {
      await expect.poll(async () => (await chargesIn(log)).length).toBe(received);
      expect(new Set((await chargesIn(log)).map(({ id }) => id)).size).toBe(received);
    };
    const first = await started(1);
    await appendMore();
    await allEmitted();
    expect(await versionsIn(looker)).toEqual([1, 1, 1]);
    // One of two is upgraded: it restores the partitions that it takes over, and leaves those of the old one.
    const upgraded = await started(2);
    await appendMore();
    await allEmitted();
    expect((await versionsIn(looker)).toSorted((a = 0, b = 0) => a - b)).toEqual([1, 1, 2]);
    expect(waits).toEqual([]);
    await first.stop();
    await appendMore();
    await allEmitted();
    expect(await versionsIn(looker)).toEqual([2, 2, 2]);
    // Rolled back: states of the newer program are left to it as long as it may come back.
    await upgraded.stop();
    const back = await started(1);
    await appendMore();
    await expect
      .poll(() => back.host.waits.map(({ code }) => code))
      .toEqual(['newer-state', 'newer-state', 'newer-state']);
    expect(await versionsIn(looker)).toEqual([2, 2, 2]);
    await gone(2);
    await allEmitted();
    expect(await versionsIn(looker)).toEqual([1, 1, 1]);
  });
});
