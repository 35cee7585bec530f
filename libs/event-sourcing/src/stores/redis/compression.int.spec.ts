import { zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { clientOn, nothing, opened, redisOf } from '../../../test/redis.ts';

const large = JSON.stringify({ text: 'large '.repeat(1000) });

const setting = async () => {
  const env = { ASSAY_REDIS_URL: (await redisOf()).url };
  const store = await opened(env, { service: 'billing', partitions: 1 });
  const client = await clientOn(env);
  const states = 'assay:{billing:0}@1:states';
  const { checkpoint } = await store.claim(0, 1);
  const put = (...rows: readonly { readonly key: string; readonly state: string; readonly wakeAt?: number }[]) =>
    store.transact(0, checkpoint.epoch, { ...nothing, states: rows });
  return { store, client, states, put };
};

it('a state from 4 KiB on takes less room, behind its length', async () => {
  const { client, states, put } = await setting();
  const [at, below] = [4096, 4095].map((bytes) => `{"text":"${'x'.repeat(bytes - 11)}"}`) as [string, string];
  await put({ key: 'at', state: at, wakeAt: 1_795_000_000_000 }, { key: 'below', state: below });
  expect(await client.hstrlen(states, 'at')).toBeLessThan(100);
  expect(await client.hget(states, 'at')).toMatch(/^1795000000000 z4096 /);
  expect(await client.hget(states, 'below')).toBe(` ${below}`);
});

it('a page of states ends by their length as text', async () => {
  const { store, put } = await setting();
  const state = JSON.stringify({ text: 'x'.repeat(3_000_000) });
  await put(...['a', 'b', 'c'].map((key) => ({ key, state, wakeAt: 5 })));
  expect((await store.scan(0, undefined, 10)).map(({ key }) => key)).toEqual(['a', 'b']);
  expect((await store.scan(0, 'b', 10)).map(({ key }) => key)).toEqual(['c']);
});

it('large states as text, from before, are still read', async () => {
  const { store, client, states, put } = await setting();
  await put({ key: 'asleep', state: '{}' }, { key: 'awake', state: '{}', wakeAt: 5 });
  await client.hset(states, 'asleep', ` ${large}`, 'awake', `5 ${large}`);
  expect(await store.scan(0, undefined, 10)).toEqual([
    { key: 'asleep', state: large },
    { key: 'awake', state: large, wakeAt: 5 },
  ]);
});

it.each([
  ['that is no zstd', ' z20 ', Buffer.from('nothing of that kind')],
  ['without its end', `5 z${large.length} `, zstdCompressSync(large).subarray(0, 20)],
  ['with more than its length', ` z${large.length - 1} `, zstdCompressSync(large)],
  ['without a length', ' z', zstdCompressSync(large)],
])('a stored state %s is refused by name', async (_, prefix, bytes) => {
  const { store, client, states, put } = await setting();
  await put({ key: 'good', state: large }, { key: 'this one', state: large });
  await client.hset(states, 'this one', Buffer.concat([Buffer.from(prefix), bytes]));
  const refusal = { code: 'state-damaged', message: expect.stringContaining('this one') as string };
  await expect(store.read(0, ['this one'])).rejects.toMatchObject(refusal);
  await expect(store.scan(0, undefined, 10)).rejects.toMatchObject(refusal);
  expect((await store.read(0, ['good'])).get('good')?.state).toBe(large);
});
