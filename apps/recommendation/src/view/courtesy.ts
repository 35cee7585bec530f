import { setTimeout as pause } from 'node:timers/promises';

/** How long others go first, at most. */
const mostWaitMs = 20_000;
/** How long is looked before it is said whether others want the thread, and how much of that they must take. */
const lookMs = 10;
const isWanted = 0.9;

/** Leaves the thread to others as long as they want nearly all of it and nothing is urgent here. */
export const leaveToOthers = async (isUrgent: () => boolean, mostMs = mostWaitMs): Promise<void> => {
  for (const until = performance.now() + mostMs; performance.now() < until && !isUrgent();) {
    const before = performance.eventLoopUtilization();
    await pause(lookMs);
    if (performance.eventLoopUtilization(before).utilization < isWanted) return;
  }
};
