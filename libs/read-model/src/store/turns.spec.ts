import { ManualClock } from '@assay/testing';
import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

/** The order of turns when each turn of a caller takes its given time. The first turn holds up all others. */
const order = async (requests: readonly (readonly [asker: string, ms: number])[]): Promise<string> => {
  const clock = new ManualClock();
  const turns = new Turns(clock);
  const [done, first] = [[] as string[], Promise.withResolvers<void>()];
  const all = requests.map(([caller, ms], nth) =>
    turns.take(caller, async () => {
      if (nth === 0) await first.promise;
      clock.advance(ms);
      done.push(caller);
    }),
  );
  first.resolve();
  await Promise.all(all);
  return done.join(' ');
};

it('alternates between callers that use the same time', async () => {
  expect(
    await order([
      ['a', 0],
      ['a', 0],
      ['a', 0],
      ['b', 0],
      ['b', 0],
    ]),
  ).toBe('a a b a b');
});

it('lets callers with short queries go before callers with long ones', async () => {
  expect(
    await order([
      ['greedy', 5000],
      ['greedy', 5000],
      ['greedy', 5000],
      ['modest', 10],
      ['modest', 10],
      ['modest', 10],
    ]),
  ).toBe('greedy modest modest modest greedy greedy');
});

it('lets no caller wait forever behind callers with short queries', async () => {
  const turns = await order([
    ['greedy', 5000],
    ['greedy', 5000],
    ...Array.from({ length: 60 }, () => ['modest', 20] as const),
  ]);
  expect(turns.split(' ').lastIndexOf('greedy')).toBeLessThan(40);
});

it('continues after a failure, one at a time', async () => {
  const turns = new Turns();
  let [now, most] = [0, 0];
  const work = (n: number) =>
    turns.take('one', async () => {
      most = Math.max(most, (now += 1));
      await Promise.resolve();
      now -= 1;
      if (n % 2) throw new Error('failed');
    });
  const ended = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => work(n)));
  expect([ended.map(({ status }) => status), most]).toEqual([
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected'],
    1,
  ]);
  expect(await turns.take('one', () => Promise.resolve('free'))).toBe('free');
});
