import { expect, it } from 'vitest';
import type { EventLog, NewRecord } from '@assay/messaging';
import { systemClock } from '../clock.ts';
import { Relay } from './relay.ts';
import type { Store } from '../stores/store.ts';

const record = (value: string): NewRecord => ({ topic: 'image.pushed', partition: 0, key: 'k', headers: {}, value });

it.each([0, 1, 2, 3, 4, 5, 6, 7])('a relay sends a record that comes %i steps after its last one', async (steps) => {
  const appended: string[] = [];
  let appendDone = Promise.resolve();
  const log: Pick<EventLog, 'append'> = {
    append: (records) => {
      appended.push(...records.map(({ value }) => value));
      const offsets = Promise.resolve(records.map((_, index) => index));
      appendDone = offsets.then(() => undefined);
      return offsets;
    },
  };
  const relay = new Relay(log as EventLog, { trim: async () => undefined } as unknown as Store, systemClock, 0);
  relay.send([record('first')], [1]);
  await appendDone;
  for (let step = 0; step < steps; step += 1) await Promise.resolve();
  relay.send([record('second')], [2]);
  await new Promise(setImmediate);
  expect(appended).toEqual(['first', 'second']);
  await relay.close();
});

it('a relay closes although the log does not answer, and leaves unsent records to the next owner', async () => {
  let [now, trims] = [0, 0];
  const timers: { at: number; call: () => void }[] = [];
  const clock = {
    ...systemClock,
    now: () => now,
    after: (ms: number, call: () => void) => {
      timers.push({ at: now + ms, call });
      return () => undefined;
    },
  };
  const relay = new Relay(
    { append: () => new Promise(() => undefined) },
    {
      trim: async () => {
        trims += 1;
      },
    } as unknown as Store,
    clock,
    0,
  );
  relay.send([record('unsent')], [1]);
  const closed = relay.close();
  now = 60_000;
  for (const { call } of timers.splice(0)) call();
  await closed;
  expect(trims).toBe(0);
});

it('a relay repeats a failed trim until the store answers, but not after it was closed', async () => {
  const timers: (() => void)[] = [];
  const waited: number[] = [];
  const clock = {
    ...systemClock,
    after: (ms: number, call: () => void) => {
      waited.push(ms);
      timers.push(call);
      return () => undefined;
    },
  };
  const trims: number[] = [];
  const failing = new Set([1, 2, 4]);
  const trim = async (_partition: number, position: number): Promise<void> => {
    trims.push(position);
    if (failing.has(trims.length)) throw new Error('the store does not answer');
  };
  const relay = new Relay({ append: async () => [0] }, { trim } as unknown as Store, clock, 0);
  const fire = async (): Promise<void> => {
    timers.shift()!();
    await new Promise(setImmediate);
  };
  relay.send([record('first')], [7]);
  await relay.drained();
  await fire();
  // A commit may trim in the meantime.
  expect(relay.toTrim()).toBe(7);
  await fire();
  await fire();
  expect([trims, waited, timers.length, relay.toTrim()]).toEqual([[7, 7, 7], [250, 2000, 2000], 0, undefined]);
  relay.send([record('second')], [8]);
  await relay.drained();
  await relay.close();
  await new Promise(setImmediate);
  expect([trims, timers.length]).toEqual([[7, 7, 7, 8], 1]);
});

it('a relay whose log answers after it was closed leaves the trim to the next owner', async () => {
  const waited: number[] = [];
  const clock = {
    ...systemClock,
    after: (ms: number, call: () => void) => {
      waited.push(ms);
      queueMicrotask(call);
      return () => undefined;
    },
  };
  const answer = Promise.withResolvers<readonly number[]>();
  const relay = new Relay(
    { append: () => answer.promise },
    {
      trim: () => {
        throw new Error('trimmed');
      },
    } as unknown as Store,
    clock,
    0,
  );
  relay.send([record('late')], [1]);
  await relay.close();
  answer.resolve([0]);
  await relay.drained();
  expect(waited).toEqual([2000]);
});

it('a relay ends an append before an event that refers to another topic, and waits for it', async () => {
  const appends: { readonly topics: string[]; readonly answer: () => void }[] = [];
  const log: Pick<EventLog, 'append'> = {
    append: (records) =>
      new Promise((resolve) => {
        appends.push({
          topics: records.map(({ topic }) => topic),
          answer: () => resolve(records.map((_, index) => index)),
        });
      }),
  };
  const relay = new Relay(log, { trim: async () => undefined } as unknown as Store, systemClock, 0);
  const topics = [
    'image.pushed',
    'notification.received',
    'notification.received',
    'image.pushed',
    'vulnerability.described',
    'scan.started',
    'scan.completed',
    'scan.completed',
  ];
  relay.send(
    topics.map((topic) => ({ ...record('any'), topic })),
    topics.map((_, index) => index),
  );
  for (let answered = 0; answered < appends.length; answered += 1) {
    // Nothing more is sent before the answer.
    await new Promise(setImmediate);
    expect(appends).toHaveLength(answered + 1);
    appends[answered]!.answer();
    await new Promise(setImmediate);
  }
  expect(appends.map((append) => append.topics)).toEqual([
    ['image.pushed', 'notification.received', 'notification.received'],
    ['image.pushed', 'vulnerability.described', 'scan.started'],
    ['scan.completed', 'scan.completed'],
  ]);
  await relay.close();
});
