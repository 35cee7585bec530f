import { setTimeout as pause } from 'node:timers/promises';
import { steadyClock, type Clock } from '@assay/event-sourcing';

/** How long others go first, at most. */
const mostWaitMs = 20_000;
/** How long is looked before it is said whether others want the thread, and how much of that they must take. */
const lookMs = 10;
const isWanted = 0.9;

/** Leaves the thread to others as long as they want nearly all of it and nothing is urgent here. */
export const leaveToOthers = async (
  isUrgent: () => boolean,
  clock: Pick<Clock, 'now'> = steadyClock,
): Promise<void> => {
  for (const until = clock.now() + mostWaitMs; clock.now() < until && !isUrgent();) {
    const before = performance.eventLoopUtilization();
    await pause(lookMs);
    if (performance.eventLoopUtilization(before).utilization < isWanted) return;
  }
};
