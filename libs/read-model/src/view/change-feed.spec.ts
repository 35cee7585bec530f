import { expect, it } from 'vitest';
import { ChangeFeed } from './change-feed.ts';
import type { ChangePosition, PublishedChange } from '../intake/changes.ts';

/** Tables of one partition, which count how often they are read. */
const tables = () => {
  const held: PublishedChange[] = [];
  let readings = 0;
  const feed = new ChangeFeed({
    position: async () => [held.length],
    read: async ([from = 0], most) => {
      readings += 1;
      return held.slice(from, from + most);
    },
  });
  const write = (count: number): void => {
    for (let n = 0; n < count; n += 1) held.push({ partition: 0, offset: held.length } as PublishedChange);
    feed.notify();
  };
  return { feed, write, readings: () => readings };
};

const offsetsOf = (changes: readonly PublishedChange[]): number[] => changes.map(({ offset }) => offset);
const upTo = (from: number, until: number): number[] => Array.from({ length: until - from }, (_, n) => from + n);

/** All changes from a position on, as a reader takes them. */
const rest = async (feed: ChangeFeed, position: ChangePosition): Promise<number[]> => {
  const all: number[] = [];
  for (let [from] = position; ;) {
    const some = offsetsOf(await feed.from([from!]));
    if (some.length === 0) return all;
    all.push(...some);
    from = some.at(-1)! + 1;
  }
};

it('reads the tables once for all readers of the newest changes', async () => {
  const { feed, write, readings } = tables();
  write(3);
  const closes = Array.from({ length: 20 }, () => feed.open());
  await Promise.all(closes.map(() => feed.from([3])));
  write(2);
  const read = await Promise.all(closes.map(() => feed.from([3])));
  expect(read.map(offsetsOf)).toEqual(closes.map(() => [3, 4]));
  expect(readings()).toBe(1);
  for (const close of closes) close();
});

it('reads older changes from the tables, and gives each reader all of them once', async () => {
  const { feed, write } = tables();
  write(50);
  const close = feed.open();
  expect(await rest(feed, [50])).toEqual([]);
  write(2_600);
  expect(await rest(feed, [10])).toEqual(upTo(10, 2_650));
  expect(await rest(feed, [2_000])).toEqual(upTo(2_000, 2_650));
  write(1);
  expect(await rest(feed, [2_600])).toEqual(upTo(2_600, 2_651));
  close();
});

it('forgets everything with its last reader, and closing twice counts once', async () => {
  const { feed, write } = tables();
  const [one, two] = [feed.open(), feed.open()];
  one();
  one();
  expect(feed.readers).toBe(1);
  write(4);
  expect(await rest(feed, [0])).toEqual([0, 1, 2, 3]);
  two();
  write(4);
  const again = feed.open();
  expect(await rest(feed, [4])).toEqual([4, 5, 6, 7]);
  again();
});

it('ends its readers when the log is another one, and serves later ones', async () => {
  const { feed, write } = tables();
  const { over } = feed;
  feed.restart();
  expect([over.aborted, feed.over.aborted]).toEqual([true, false]);
  write(2);
  const close = feed.open();
  expect(await rest(feed, [0])).toEqual([0, 1]);
  close();
  feed.end();
  expect(feed.over.aborted).toBe(true);
});
