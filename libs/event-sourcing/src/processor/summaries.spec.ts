import { expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '@assay/testing';
import type { AssayEvent } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { rebuild, silent, type Decider, type HostPorts, type State, type Store } from '../index.ts';
import {
  append,
  chargesIn,
  classified,
  contents,
  digestOf,
  emptyLog,
  emptyStore,
  ports,
  priced,
  runningAs,
  toy,
  type ToyEmitted,
  type ToyReceived,
} from '../../test/toy.ts';

/** A price for even or odd digests, with the offset at which it was published. */
interface Rule {
  readonly parity: string;
  readonly price: string;
  readonly offset: number;
}

const parityOf = (digest: string): string => (Number.parseInt(digest.slice(-1), 16) % 2 === 0 ? 'even' : 'odd');

/** The digest that nothing is known about. */
const unsummarised = digestOf(5);

const digestIn = ({ received }: State<ToyReceived, ToyEmitted>): string =>
  Object.values(received.received)[0]?.data.digest ?? unsummarised;

const { mark: _mark, markMatters: _markMatters, survey: _survey, ...unmarked } = toy;

/** The toy with prices of which each concerns half of the keys. */
const halves: Decider<ToyReceived, ToyEmitted, readonly Rule[]> = {
  ...unmarked,
  noConfig: [],
  evolveConfig: (rules, event, offset) => {
    if (!toy.matters?.(event)) return rules;
    const [parity, price] = (event as AssayEvent<'operator.acted'>).data.why.split('=') as [string, string];
    return [...rules, { parity, price, offset }];
  },
  decide: (state, context) =>
    toy.decide(state, {
      ...context,
      config: { price: context.config.findLast(({ parity }) => parity === parityOf(context.key))?.price ?? '1' },
    }),
  summarise: (state) => (digestIn(state) === unsummarised ? undefined : parityOf(digestIn(state))),
  mayConcern: (summary, { config, since }) =>
    config.some(({ parity, offset }) => parity === summary && offset >= (since['operator.acted'] ?? 0)),
};

/** Keys 0 to 9, each with its first charge, and the keys whose states were read since the last look. */
const setting = async (program = halves, more: Partial<HostPorts> = {}) => {
  const [log, inner] = [emptyLog(), emptyStore()];
  const opened = new Set<string>();
  const store = new Proxy<Store>(inner, {
    get: (port, name: keyof Store) => {
      if (name === 'read')
        return async (...args: Parameters<Store['read']>) => {
          for (const key of args[1]) opened.add(key);
          return port.read(...args);
        };
      if (name === 'scan')
        return async (...args: Parameters<Store['scan']>) => {
          const page = await port.scan(...args);
          for (const { key } of page) opened.add(key);
          return page;
        };
      return port[name].bind(port);
    },
  });
  const start = async () => {
    const { stop } = await runningAs(program, log, store, more);
    let ended: Promise<void> | undefined;
    const once = () => (ended ??= stop());
    onTestFinished(once);
    return once;
  };
  const stop = await start();
  await append(log, ...Array.from({ length: 10 }, (_, n) => classified(n)));
  await eventually(async () => (await chargesIn(log)).length === 10);
  const evaluated = () =>
    eventually(async () => {
      const end = await log.end('operator.acted', 0);
      const heads = await Promise.all([0, 1, 2].map((partition) => store.checkpoint(partition)));
      return heads.every((head) => head?.configEvaluated['operator.acted'] === end);
    });
  const numbers = () => {
    const keys = [...opened].map((key) => Number.parseInt(key.slice(-1), 16)).toSorted((a, b) => a - b);
    opened.clear();
    return keys;
  };
  numbers();
  return { log, store, start, stop, evaluated, opened: numbers };
};

const chargesOf = async (log: EventLog, price: string): Promise<number[]> =>
  (await chargesIn(log))
    .filter(({ amount }) => amount === price)
    .map(({ digest }) => Number.parseInt(digest.slice(-1), 16))
    .toSorted((a, b) => a - b);

it('a change of config opens only the keys that it may concern, and those without a summary', async () => {
  const { log, opened, evaluated } = await setting();
  await append(log, priced('even=2'));
  await evaluated();
  expect(await chargesOf(log, '2')).toEqual([0, 2, 4, 6, 8]);
  expect(opened()).toEqual([0, 2, 4, 5, 6, 8]);
  // The earlier rule is not new any more.
  await append(log, { ...priced('odd=3'), id: 'another' });
  await evaluated();
  expect(await chargesOf(log, '3')).toEqual([1, 3, 5, 7, 9]);
  expect(opened()).toEqual([1, 3, 5, 7, 9]);
});

it('a change of config from the time without an owner opens the keys that it may concern', async () => {
  const { log, stop, start, opened, evaluated } = await setting();
  await append(log, priced('even=2'));
  await evaluated();
  await stop();
  opened();
  await append(log, { ...priced('none=3'), id: 'another' }, { ...priced('odd=4'), id: 'a third' });
  await start();
  await evaluated();
  expect(await chargesOf(log, '4')).toEqual([1, 3, 5, 7, 9]);
  expect(opened()).toEqual([1, 3, 5, 7, 9]);
});

it('a key that a change of config passes over keeps its state and its wake', async () => {
  const decide: typeof halves.decide = (state, context) => ({
    ...halves.decide(state, context),
    wakeAt: 1e15 + context.config.length,
  });
  const { log, store, evaluated } = await setting({ ...halves, decide });
  const before = await contents(store, 3);
  await append(log, priced('even=2'));
  await evaluated();
  const after = await contents(store, 3);
  for (const n of [1, 3, 7, 9]) expect(after[digestOf(n)]).toEqual(before[digestOf(n)]);
  const due = await Promise.all([0, 1, 2].map((partition) => store.due(partition, 1e15, 100)));
  expect(new Set(due.flatMap(({ keys }) => keys))).toEqual(new Set([1, 3, 7, 9].map(digestOf)));
});

it('a summary that cannot be judged opens its key, and is reported', async () => {
  const failed = vi.fn<typeof silent.failed>();
  const mayConcern = () => {
    throw new Error('not this one');
  };
  const { log, opened, evaluated } = await setting({ ...halves, mayConcern }, { observer: { ...silent, failed } });
  await append(log, priced('even=2'));
  await evaluated();
  expect(opened()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(await chargesOf(log, '2')).toEqual([0, 2, 4, 6, 8]);
  expect(failed).toHaveBeenCalledTimes(9);
});

it('a decider without summaries opens every key', async () => {
  const { mayConcern: _, ...none } = halves;
  const { log, opened, evaluated } = await setting(none);
  await append(log, priced('even=2'));
  await evaluated();
  expect(opened()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('a restored store has the compacted states and the summaries of the live one', async () => {
  /** Drops the events that were charged, with their charges. */
  const compact: NonNullable<typeof toy.compact> = ({ received: { received }, emitted: { emitted } }) => {
    const isOver = (id: string): boolean => received[id] !== undefined && emitted[id] !== undefined;
    const rest = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(all).filter(([id]) => !isOver(id)));
    return { received: { received: rest(received) }, emitted: { emitted: rest(emitted) } };
  };
  const program: typeof halves = {
    ...halves,
    compact,
    summarise: ({ received }) => `${Object.keys(received.received).length} open`,
  };
  const { log, store, stop } = await setting(program);
  await append(log, classified(1));
  await eventually(async () => (await chargesIn(log)).length === 11);
  await stop();
  const beside = emptyStore();
  await rebuild(program, ports(log, beside));
  expect(await contents(beside, 3)).toEqual(await contents(store, 3));
  expect(new Set(Object.values(await contents(store, 3)).map((state) => JSON.stringify(state)))).toEqual(
    new Set([JSON.stringify(toy.empty())]),
  );
  for (const partition of [0, 1, 2])
    expect(await beside.summaries(partition, undefined, 100)).toEqual(await store.summaries(partition, undefined, 100));
  await beside.close();
});
