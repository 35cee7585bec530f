import { ManualClock } from '@assay/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { leaveToOthers } from './yield-to-event-loop.ts';
import { beBusy } from '../../test/busy.ts';

const never = (): boolean => false;
/** A clock that stands still, so that the maximum wait never ends. */
const still = new ManualClock();

it('takes the thread when no other work wants it', async () => {
  expect(await leaveToOthers(never, still)).toBeUndefined();
});

it('takes the thread when other work wants half of it', async () => {
  beBusy(5);
  expect(await leaveToOthers(never, still)).toBeUndefined();
});

it('yields the thread to work that wants all of it, until something is urgent', async () => {
  beBusy();
  let looks = 0;
  await leaveToOthers(() => (looks += 1) > 20, still);
  expect(looks).toBe(21);
});

it('yields the thread for twenty seconds at most', async () => {
  vi.spyOn(performance, 'eventLoopUtilization').mockReturnValue({ idle: 0, active: 1, utilization: 1 });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  // A clock that advances by a quarter of a second on each reading.
  let now = 0;
  await leaveToOthers(never, { now: () => (now += 250) });
  expect([now >= 20_000, now <= 21_000]).toEqual([true, true]);
});
