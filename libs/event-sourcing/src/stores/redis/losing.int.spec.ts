import type { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { append, chargesIn, classified, contents, emptyLog, running } from '../../../test/toy.ts';
import { Fenced } from '../store.ts';
import { clientOn, hurried, nothing, opened, redisOf, emitted } from '../../../test/redis.ts';

describe('a store in Redis', () => {
  it('keeps every acknowledged write when Redis is killed, and no partial writes', async () => {
    const server = await redisOf();
    const store = await opened({ ASSAY_REDIS_URL: server.url });
    const acknowledged: string[] = [];
    let tried = 0;
    let ended = false;
    const writing = (async () => {
      while (!ended) {
        try {
          const {
            checkpoint: { epoch },
          } = await store.claim(0, 0);
          for (;;) {
            const key = String((tried += 1)).padStart(6, '0');
            if (
              ended ||
              !(
                await store.transact(0, epoch, {
                  ...nothing,
                  checkpoint: { lastEmitted: `1.${tried}` },
                  states: [{ key, state: '{}' }],
                  outbox: [emitted(key)],
                })
              ).committed
            )
              break;
            acknowledged.push(key);
          }
        } catch {
          await pause(20);
        }
      }
    })();
    for (let kill = 0; kill < 4; kill += 1) {
      const reached = acknowledged.length + 300;
      await expect.poll(() => acknowledged.length).toBeGreaterThan(reached);
      await server.kill();
      await server.restart();
    }
    ended = true;
    await writing;
    const { checkpoint, outbox } = await store.claim(0, 0);
    const kept = (await store.scan(0, undefined, 100_000)).map(({ key }) => key);
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
    // Some writes without an answer were done, each of them wholly and once.
    expect(outbox.map(({ value }) => value)).toEqual(kept);
    expect(checkpoint.lastEmitted).toBe(`1.${Number(kept.at(-1))}`);
  });

  it('is not written to by its owner after it was emptied', async () => {
    const server = await redisOf();
    const store = await opened({ ASSAY_REDIS_URL: server.url }, { service: 'same' });
    const {
      checkpoint: { epoch },
    } = await store.claim(0, 1_800_000_000_000);
    await store.transact(0, epoch, { ...nothing, outbox: [emitted('1'), emitted('2')] });
    await (await clientOn({ ASSAY_REDIS_URL: server.url })).flushall();
    expect(await store.epoch(0)).toBeUndefined();
    expect(await store.transact(0, epoch, { ...nothing, outbox: [emitted('3')] })).toEqual({ committed: false });
    // Positions restart in the emptied store: a late trim of the old owner must not delete them.
    const other = await opened({ ASSAY_REDIS_URL: server.url }, { service: 'same' });
    const next = await other.claim(0, epoch + 1);
    await other.transact(0, next.checkpoint.epoch, { ...nothing, outbox: [emitted('4')] });
    await store.trim(0, 1000);
    expect((await other.claim(0, 0)).outbox.map(({ value }) => value)).toEqual(['4']);
  });

  it('that was rolled back is detected by its owner, also within one epoch', async () => {
    const server = await redisOf(['--appendonly', 'no']);
    const store = await opened({ ASSAY_REDIS_URL: server.url });
    const {
      checkpoint: { epoch },
    } = await store.claim(0, 1);
    await store.transact(0, epoch, { ...nothing, states: [{ key: 'a', state: '1' }] });
    await (await clientOn({ ASSAY_REDIS_URL: server.url })).save();
    expect(await store.epoch(0)).toBe(epoch);
    await store.transact(0, epoch, { ...nothing, states: [{ key: 'a', state: '2' }] });
    expect((await store.read(0, ['a'], epoch)).get('a')!.state).toBe('2');
    await server.kill();
    await server.restart();
    await expect.poll(() => store.epoch(0).catch(() => 'not yet')).toBeUndefined();
    expect((await store.read(0, ['a'])).get('a')!.state).toBe('1');
    // Writes of its owner would rest on these reads, and the store may be up to date again by then.
    for (const reading of [store.read(0, ['a'], epoch), store.scan(0, undefined, 10, epoch), store.parked(0, epoch)])
      await expect(reading).rejects.toThrow(Fenced);
    expect(await store.transact(0, epoch, { ...nothing, states: [{ key: 'b', state: '1' }] })).toEqual({
      committed: false,
    });
    expect((await store.claim(0, 0)).checkpoint.epoch).toBe(epoch + 1);
  });

  it('refuses whole transactions while Redis is full, and accepts them when there is room again', async () => {
    const server = await redisOf();
    const store = await opened({ ASSAY_REDIS_URL: server.url });
    const client = (await clientOn({ ASSAY_REDIS_URL: server.url })) as Redis;
    const {
      checkpoint: { epoch },
    } = await store.claim(0, 1);
    const changes = {
      ...nothing,
      states: [{ key: 'a', state: '{}' }],
      outbox: [emitted('1')],
      trim: 5,
      jobs: { put: [{ key: 'k', id: 'j', lane: 'l', payload: {}, enqueuedAt: 1 }], remove: [] },
    };
    await client.config('SET', 'maxmemory', '1');
    await expect(store.transact(0, epoch, changes)).rejects.toMatchObject({ code: 'redis-full', retriable: true });
    expect((await store.read(0, ['a'])).size).toBe(0);
    expect(await store.jobCounts()).toEqual({});
    await client.config('SET', 'maxmemory', '0');
    expect((await store.transact(0, epoch, changes)).committed).toBe(true);
    expect((await store.claim(0, 1)).outbox.map(({ value }) => value)).toEqual(['1']);
  });

  it('is restored by its processors after it was emptied or killed, and nothing is emitted twice', async () => {
    const server = await redisOf(['--save', '3600 1']);
    const log = emptyLog();
    const store = await opened({ ASSAY_REDIS_URL: server.url }, { partitions: log.partitions });
    const { stop } = await running(log, store, { clock: hurried });
    onTestFinished(() => stop());
    const client = await clientOn({ ASSAY_REDIS_URL: server.url });
    const misfortunes = [
      () => client.flushall(),
      async () => {
        await server.kill();
        await server.restart();
      },
      async () => {
        await client.flushall();
        await server.kill();
        await server.restart();
      },
    ];
    let received = 0;
    for (const misfortune of misfortunes) {
      await append(log, ...Array.from({ length: 200 }, () => classified((received += 1) % 17)));
      const befallen = misfortune();
      await append(log, ...Array.from({ length: 200 }, () => classified((received += 1) % 17)));
      await befallen;
      await expect.poll(async () => new Set((await chargesIn(log)).map(({ id }) => id)).size).toBe(received);
    }
    const idle = await contents(store, log.partitions);
    await client.flushall();
    await expect.poll(() => contents(store, log.partitions)).toEqual(idle);
    // Repeats in the log carry the same sequence, so consumers drop them.
    expect(new Set((await chargesIn(log)).map(({ id, sequence }) => `${id} ${sequence}`)).size).toBe(received);
  });
});
