import { expect, it } from 'vitest';
import { watchFigures } from './figures.ts';
import { silent, type Observer } from './observer.ts';

it('parked events are those of all partitions, and those that another part of the instance has parked', async () => {
  const figures = new Map<string, () => Promise<unknown>>();
  const observer: Observer = {
    ...silent,
    watch: (name, read) => {
      figures.set(name, read);
      return () => undefined;
    },
  };
  const owner = (of: Readonly<Record<string, number>>) => ({
    parkedIn: (topic: string) => of[topic] ?? 0,
    unsentSince: undefined,
    standstill: undefined,
  });
  const workers = new Map([
    [0, owner({ one: 1 })],
    [1, owner({ one: 2, two: 3 })],
  ]);
  const watch = async (parkedElsewhere?: () => Promise<Readonly<Record<string, number>>>): Promise<unknown> => {
    watchFigures(
      workers,
      { lag: async () => 0, waits: () => [] },
      { consumes: ['one', 'two'], store: { oldestJobs: async () => ({}) }, observer, parkedElsewhere },
    );
    return figures.get('events.parked.now')!();
  };
  expect(await watch()).toEqual({ one: 3, two: 3 });
  expect(await watch(async () => ({ one: 4, three: 1 }))).toEqual({ one: 7, two: 3, three: 1 });
});
