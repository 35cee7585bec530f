import { sleep, systemClock } from '@assay/event-sourcing';
import { ManualClock } from '@assay/testing';
import { expect, it } from 'vitest';
import { kept } from './kept.ts';

/** A question that takes so long, and counts how often it is asked. */
const asking = (ms: number) => {
  const clock = new ManualClock();
  const asked = { times: 0, fails: false, hangs: false };
  const failures: unknown[] = [];
  const read = kept(
    async () => {
      asked.times += 1;
      const { times, fails } = asked;
      await sleep(clock, asked.hangs ? Infinity : ms);
      if (fails) throw new Error('no answer');
      return times;
    },
    (error) => failures.push(error),
    clock,
  );
  /** Lets happen what is due. */
  const settled = async (): Promise<void> => {
    clock.advance(0);
    await systemClock.yield();
  };
  return { clock, asked, failures, settled, read: () => clock.passing(read()) };
};

it('asks once for all gauges of a collection, and again for a later one', async () => {
  const { clock, asked, settled, read } = asking(0);
  expect([await read(), await read()]).toEqual([1, 1]);
  clock.advance(1_001);
  expect(await read()).toBe(1);
  await settled();
  expect(await read()).toBe(2);
  expect(asked.times).toBe(2);
});

it('keeps an answer for twenty times as long as it took, and while the next one is made', async () => {
  const { clock, asked, settled, read } = asking(500);
  expect(await read()).toBe(1);
  clock.advance(9_000);
  expect([await read(), asked.times]).toEqual([1, 1]);
  clock.advance(1_001);
  expect([await read(), asked.times]).toEqual([1, 2]);
  clock.advance(500);
  await settled();
  expect([await read(), asked.times]).toEqual([2, 2]);
});

it('keeps no answer longer than five minutes', async () => {
  const { clock, asked, settled, read } = asking(60_000);
  void read();
  clock.advance(60_000);
  await settled();
  clock.advance(299_000);
  expect([await read(), asked.times]).toEqual([1, 1]);
  clock.advance(1_001);
  expect([await read(), asked.times]).toEqual([1, 2]);
});

it('has no answer while the next one is made for longer than five minutes', async () => {
  const { clock, asked, settled, read } = asking(0);
  expect(await read()).toBe(1);
  asked.hangs = true;
  clock.advance(1_001);
  expect(await read()).toBe(1);
  clock.advance(299_000);
  expect(await read()).toBe(1);
  clock.advance(1_001);
  await settled();
  expect([await read(), asked.times]).toEqual([undefined, 2]);
});

it('waits five seconds for the first answer, and does not ask again meanwhile', async () => {
  const { clock, asked, settled, read } = asking(12_000);
  expect(await read()).toBeUndefined();
  expect(clock.now()).toBeLessThan(6_000);
  expect(await read()).toBeUndefined();
  clock.advance(3_000);
  await settled();
  expect([await read(), asked.times]).toEqual([1, 1]);
});

it('has no answer if the last question failed, reports why, and asks again later', async () => {
  const { clock, asked, failures, settled, read } = asking(0);
  expect(await read()).toBe(1);
  asked.fails = true;
  clock.advance(1_001);
  await read();
  await settled();
  expect(await read()).toBeUndefined();
  expect(failures).toEqual([new Error('no answer')]);
  asked.fails = false;
  clock.advance(1_001);
  expect(await read()).toBe(3);
});
