import { expect, it } from 'vitest';
import type { EventLog, NewRecord } from '@assay/messaging';
import { systemClock } from './clock.ts';
import { Relay } from './relay.ts';
import type { Store } from './store.ts';

const record = (value: string): NewRecord => ({ topic: 'image.pushed', partition: 0, key: 'k', headers: {}, value });

it.each([0, 1, 2, 3, 4, 5, 6, 7])('a relay sends what comes %i steps after the last of what it had', async (steps) => {
  const appended: string[] = [];
  let answered = Promise.resolve();
  const log: Pick<EventLog, 'append'> = { append: (records) => {
    appended.push(...records.map(({ value }) => value));
    const offsets = Promise.resolve(records.map((_, index) => index));
    answered = offsets.then(() => undefined);
    return offsets;
  } };
  const relay = new Relay(log as EventLog, { trim: async () => undefined } as unknown as Store, systemClock, 0);
  relay.send([record('first')], [1]);
  await answered;
  for (let step = 0; step < steps; step += 1) await Promise.resolve();
  relay.send([record('second')], [2]);
  await new Promise(setImmediate);
  expect(appended).toEqual(['first', 'second']);
  await relay.close();
});
