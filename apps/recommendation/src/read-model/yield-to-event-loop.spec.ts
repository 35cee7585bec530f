import { ManualClock } from '@assay/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { leaveToOthers } from './yield-to-event-loop.ts';
import { beBusy } from '../../test/busy.ts';

const never = (): boolean => false;
/** For whom the time to wait is never over. */
const still = new ManualClock();

it('takes the thread where nobody else wants it', async () => {
  expect(await leaveToOthers(never, still)).toBeUndefined();
});

it('takes it where others want half of it', async () => {
  beBusy(5);
  expect(await leaveToOthers(never, still)).toBeUndefined();
});

it('leaves it to others who want all of it, until something is urgent', async () => {
  beBusy();
  let looks = 0;
  await leaveToOthers(() => (looks += 1) > 20, still);
  expect(looks).toBe(21);
});

it('leaves it for twenty seconds at most', async () => {
  vi.spyOn(performance, 'eventLoopUtilization').mockReturnValue({ idle: 0, active: 1, utilization: 1 });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  // A clock that goes on by a quarter of a second whenever it is looked at.
  let now = 0;
  await leaveToOthers(never, { now: () => (now += 250) });
  expect([now >= 20_000, now <= 21_000]).toEqual([true, true]);
});
