import { expect, it } from 'vitest';
import { Turns } from '../src/view/turns.ts';

it('takes turns between askers, and lets nobody wait behind all that another one asked', async () => {
  const turns = new Turns();
  const [done, first] = [[] as string[], Promise.withResolvers<void>()];
  const asked = [turns.take('greedy', () => first.promise), ...['greedy 1', 'greedy 2', 'greedy 3', 'modest 1', 'modest 2'].map((name) => turns.take(name.split(' ')[0]!, async () => { done.push(name); }))];
  first.resolve();
  await Promise.all(asked);
  expect(done).toEqual(['greedy 1', 'modest 1', 'greedy 2', 'modest 2', 'greedy 3']);
});

it('goes on behind one who fails, one at a time', async () => {
  const turns = new Turns();
  let [now, most] = [0, 0];
  const work = (n: number) => turns.take('one', async () => {
    most = Math.max(most, now += 1);
    await Promise.resolve();
    now -= 1;
    if (n % 2) throw new Error('failed');
  });
  const ended = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => work(n)));
  expect([ended.map(({ status }) => status), most]).toEqual([['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected'], 1]);
  expect(await turns.take('one', () => Promise.resolve('free'))).toBe('free');
});
