import { ManualClock } from '@assay/testing';
import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

/** The order of turns when each turn of a caller takes its given time. The first turn holds up all others. */
const order = async (requests: readonly (readonly [asker: string, ms: number])[]): Promise<string> => {
  const clock = new ManualClock();
  const turns = new Turns({}, clock);
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

/** Lets everything happen that only waits for promises. */
const settled = async (): Promise<void> => {
  for (let n = 0; n < 50; n += 1) await Promise.resolve();
};

/** Tasks that last until they are ended by name. */
const held = (turns: Turns) => {
  const begun: string[] = [];
  const tasks = new Map<string, PromiseWithResolvers<void>>();
  const yielded: string[] = [];
  return {
    begun,
    yielded,
    end: async (name: string) => {
      await settled();
      tasks.get(name)!.resolve();
      await settled();
    },
    take: (name: string, options = {}) =>
      turns.take(
        name[0]!,
        (yields) => {
          begun.push(name);
          const task = Promise.withResolvers<void>();
          tasks.set(name, task);
          yields.addEventListener('abort', () => yielded.push(name));
          return task.promise;
        },
        options,
      ),
  };
};

it('runs as many at a time as there are places, and of one caller as many as it may have', async () => {
  const { begun, end, take } = held(new Turns({ places: 3, ofCaller: 2 }, new ManualClock()));
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2']) void take(name);
  await settled();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  await end('b1');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'b2']);
  await end('b2');
  await end('a1');
  expect(begun.at(-1)).toBe('a3');
});

it('refuses what a caller sends beyond those that may wait, and nothing of others', async () => {
  const { begun, end, take } = held(new Turns({}, new ManualClock()));
  const all = ['a1', 'a2', 'a3', 'a4'].map((name) => take(name, { mostWaiting: 2 }));
  await expect(all[3]).rejects.toMatchObject({ code: 'too-many-waiting', mostWaiting: 2 });
  void take('b1', { mostWaiting: 2 });
  for (const name of ['a1', 'a2', 'b1']) await end(name);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
});

it('lets what waits leave with its client', async () => {
  const { begun, end, take } = held(new Turns({}, new ManualClock()));
  const client = new AbortController();
  void take('a1');
  const left = take('b1', { closed: client.signal });
  void take('c1');
  client.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await end('a1');
  expect(begun).toEqual(['a1', 'c1']);
  await expect(take('b2', { closed: client.signal })).rejects.toThrow('gone');
});

it('asks the one that has run for a minute to make place, if another caller waits', async () => {
  const clock = new ManualClock();
  const { yielded, end, begun, take } = held(new Turns({ yieldsAfterMs: 60_000 }, clock));
  void take('a1');
  void take('a2');
  await settled();
  clock.advance(70_000);
  expect(yielded).toEqual([]);
  void take('b1');
  expect(yielded).toEqual(['a1']);
  await end('a1');
  void take('c1');
  clock.advance(59_999);
  expect([begun.at(-1), yielded]).toEqual(['b1', ['a1']]);
  clock.advance(1);
  expect(yielded).toEqual(['a1', 'b1']);
});
