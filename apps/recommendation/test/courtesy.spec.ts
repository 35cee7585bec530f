import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { leaveToOthers } from '../src/view/courtesy.ts';
import { beBusy } from './busy.ts';

const msOf = async (work: Promise<void>): Promise<number> => {
  const began = performance.now();
  await work;
  return performance.now() - began;
};
const never = (): boolean => false;

it('takes the thread at once where nobody else wants it', async () => {
  await pause(100);
  expect(await msOf(leaveToOthers(never))).toBeLessThan(1000);
});

it('takes it where others want half of it', async () => {
  beBusy(5);
  expect(await msOf(leaveToOthers(never))).toBeLessThan(1000);
});

it('leaves it to others who want all of it, but not for ever', async () => {
  beBusy();
  const ms = await msOf(leaveToOthers(never, 2000));
  expect([ms > 1900, ms < 4000]).toEqual([true, true]);
});

it('leaves it for twenty seconds where nobody says for how long', async () => {
  // On a thread that is always busy, with a clock that goes on by a quarter of a second whenever it is looked at.
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 250));
  vi.spyOn(performance, 'eventLoopUtilization').mockReturnValue({ idle: 0, active: 1, utilization: 1 });
  onTestFinished(() => { vi.restoreAllMocks(); });
  await leaveToOthers(never);
  expect([now >= 20_000, now <= 21_000]).toEqual([true, true]);
});

it('takes it as soon as something is urgent', async () => {
  beBusy();
  const began = performance.now();
  expect(await msOf(leaveToOthers(() => performance.now() - began > 200))).toBeLessThan(2000);
});
