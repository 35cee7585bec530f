import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { append, chargesIn, classified, contents, emptyLog, ports, running, toy } from '../../../test/toy.ts';
import { clientOn, hurried, nothing, opened, redisOf, emitted } from '../../../test/redis.ts';
import { openRedisGenerations, redisSettings, rebuild } from '../../index.ts';

/** One service on a Redis of its own. */
const setting = async () => {
  const server = await redisOf();
  const env = { ASSAY_REDIS_URL: server.url };
  const generations = await openRedisGenerations({
    settings: redisSettings(env),
    service: 'toy',
    partitions: 3,
    onError: () => undefined,
  });
  onTestFinished(() => generations.close());
  const lines: string[] = [];
  const open = (generation?: string) =>
    opened(env, { service: 'toy', partitions: 3, generation, onWarning: (line) => lines.push(line) });
  return { env, generations, open, lines };
};

describe('generations of a store', () => {
  it('exist side by side until a switch, and the previous one is remembered', async () => {
    const { generations, open } = await setting();
    expect(await generations.read()).toEqual({ current: '1', version: 0 });
    const [live, beside] = [await open(), await open('2')];
    for (const [store, state] of [
      [live, '"live"'],
      [beside, '"beside"'],
    ] as const) {
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      await store.transact(0, epoch, { ...nothing, states: [{ key: 'a', state }] });
    }
    expect((await live.read(0, ['a'])).get('a')!.state).toBe('"live"');
    expect(await generations.switchTo('2')).toEqual({ current: '2', previous: '1', version: 1 });
    const after = await open();
    expect((await after.read(0, ['a'])).get('a')!.state).toBe('"beside"');
    expect(await generations.switchTo('1')).toEqual({ current: '1', previous: '2', version: 2 });
    expect(await generations.switchTo('1')).toEqual({ current: '1', previous: '2', version: 2 });
  });

  it('can be dropped completely, except for the present one', async () => {
    const { env, generations, open } = await setting();
    const beside = await open('2');
    const {
      checkpoint: { epoch },
    } = await beside.claim(0, 1);
    await beside.transact(0, epoch, {
      ...nothing,
      states: [{ key: 'a', state: '{}', wakeAt: 1 }],
      outbox: [emitted('1')],
      jobs: { put: [{ key: 'k', id: 'j', lane: 'l', payload: {}, enqueuedAt: 1 }], remove: [] },
    });
    const client = await clientOn(env);
    expect(await client.dbsize()).toBeGreaterThan(0);
    await generations.drop('2');
    expect(await client.dbsize()).toBe(0);
    await generations.switchTo('3');
    await generations.switchTo('1');
    await generations.drop('3');
    expect(await generations.read()).toEqual({ current: '1', version: 2 });
    await expect(generations.drop('1')).rejects.toThrow('is the present one');
    await expect(open('1')).rejects.toThrow('is the present one');
    await expect(generations.switchTo('a b')).rejects.toThrow(TypeError);
  });

  it('are left by owners after a switch, and their outboxes move along', async () => {
    const { generations, open, lines } = await setting();
    const [one, other] = [await open(), await open()];
    const {
      checkpoint: { epoch },
    } = await one.claim(0, 1);
    await one.transact(0, epoch, {
      ...nothing,
      checkpoint: { restored: true, evaluated: true, lastEmitted: `${epoch}.2` },
      outbox: [emitted('1'), emitted('2')],
    });
    expect(await generations.behind()).toBe(0);
    await generations.switchTo('2');
    expect(await generations.behind()).toBe(1);
    // Its owner has not noticed yet and goes on in the old generation. Another process claims the partition in the new
    // one.
    expect(
      (await one.transact(0, epoch, { ...nothing, checkpoint: { lastEmitted: `${epoch}.3` }, outbox: [emitted('3')] }))
        .committed,
    ).toBe(true);
    const claimed = await other.claim(0, 1);
    expect(claimed.checkpoint).toMatchObject({ epoch: epoch + 1, restored: false });
    expect(await generations.behind()).toBe(1);
    await other.transact(0, claimed.checkpoint.epoch, { ...nothing, checkpoint: { restored: true, evaluated: true } });
    expect(await generations.behind()).toBe(0);
    expect(claimed.outbox.map(({ value }) => value)).toEqual(['1', '2', '3']);
    expect(await one.transact(0, epoch, { ...nothing, outbox: [emitted('4')] })).toEqual({ committed: false });
    await expect.poll(() => one.epoch(0)).toBeUndefined();
    expect((await one.claim(0, 1)).checkpoint.epoch).toBe(epoch + 2);
    expect(await other.transact(0, claimed.checkpoint.epoch, nothing)).toEqual({ committed: false });
    // Each owner reports it once.
    expect(lines.filter((line) => line.includes('generation'))).toEqual(
      Array(2).fill('toy continues in generation 2 of its store instead of 1: its partitions follow one by one'),
    );
  });

  it('are restored after a switch only if they lack emitted events', async () => {
    const { generations, open } = await setting();
    const [live, beside] = [await open(), await open('2')];
    for (const [store, ends] of [
      [live, ['5.1', '5.2']],
      [beside, ['5.1', '5.1']],
    ] as const) {
      for (const [partition, last] of ends.entries()) {
        const {
          checkpoint: { epoch },
        } = await store.claim(partition, 5);
        await store.transact(partition, epoch, {
          ...nothing,
          checkpoint: { restored: true, evaluated: true, lastEmitted: last },
        });
      }
    }
    await generations.switchTo('2');
    expect((await live.claim(0, 1)).checkpoint).toMatchObject({ restored: true, evaluated: true, epoch: 6 });
    expect((await live.claim(1, 1)).checkpoint).toMatchObject({ restored: false, evaluated: false, epoch: 6 });
  });

  it('are claimed even if only the pointer was rolled back', async () => {
    const { env, generations, open } = await setting();
    await generations.switchTo('2');
    const store = await open();
    await store.claim(0, 1);
    await (await clientOn(env)).del('assay:current:toy');
    expect((await store.claim(0, 1)).checkpoint.epoch).toBe(2);
    expect(await store.epoch(0)).toBe(2);
  });

  it('are switched under a running service to a rebuilt one and back, without loss or repeats', async () => {
    const { generations, open } = await setting();
    const log = emptyLog();
    const store = await open();
    const { stop } = await running(log, store, { clock: hurried });
    onTestFinished(() => stop());
    let received = 0;
    const appendMore = () => append(log, ...Array.from({ length: 100 }, () => classified((received += 1) % 7)));
    const allEmitted = () =>
      expect.poll(async () => new Set((await chargesIn(log)).map(({ id }) => id)).size).toBe(received);
    await appendMore();
    await allEmitted();
    const beside = await open('2');
    // A partition is restored after a switch, or by a new owner: the generations are not complete at the same time.
    const equal = () =>
      expect.poll(async () => isDeepStrictEqual(await contents(beside, 3), await contents(store, 3))).toBe(true);
    await rebuild(toy, ports(log, beside));
    await equal();
    for (const to of ['2', '1', '2']) {
      await appendMore();
      await generations.switchTo(to);
      await appendMore();
      await allEmitted();
    }
    // Both may lack the same keys while a partition is restored.
    await expect.poll(async () => Object.keys(await contents(beside, 3)).length).toBe(7);
    await equal();
    expect(new Set((await chargesIn(log)).map(({ id, sequence }) => `${id} ${sequence}`)).size).toBe(received);
  });
});
