import { sleep } from '@assay/event-sourcing';
import { ManualClock } from '@assay/testing';
import { expect, it } from 'vitest';
import { kept } from './kept.ts';

/** A question that takes so long, and counts how often it is asked. */
const asking = (ms: number) => {
  const clock = new ManualClock();
  const asked = { times: 0, fails: false };
  const read = kept(async () => {
    asked.times += 1;
    const { times, fails } = asked;
    await sleep(clock, ms);
    if (fails) throw new Error('no answer');
    return times;
  }, clock);
  return { clock, asked, read: () => clock.passing(read()) };
};

it('asks once for all gauges of a collection, and again for the next one', async () => {
  const { clock, asked, read } = asking(0);
  expect([await read(), await read()]).toEqual([1, 1]);
  clock.advance(1_001);
  expect(await read()).toBe(2);
  expect(asked.times).toBe(2);
});

it('keeps an answer for twenty times as long as it took', async () => {
  const { clock, read } = asking(500);
  expect(await read()).toBe(1);
  clock.advance(9_000);
  expect(await read()).toBe(1);
  clock.advance(1_001);
  expect(await read()).toBe(2);
});

it('has no answer while the question takes too long, and does not ask again meanwhile', async () => {
  const { clock, asked, read } = asking(12_000);
  expect(await read()).toBeUndefined();
  expect(await read()).toBeUndefined();
  clock.advance(3_000);
  expect([await read(), asked.times]).toEqual([1, 1]);
});

it('has no answer if the question fails, and asks again later', async () => {
  const { clock, asked, read } = asking(0);
  asked.fails = true;
  expect(await read()).toBeUndefined();
  asked.fails = false;
  clock.advance(1_001);
  expect(await read()).toBe(2);
});
