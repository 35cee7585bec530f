import { setTimeout as pause } from 'node:timers/promises';
import { steadyClock, type Clock } from '@assay/event-sourcing';

/** Maximum wait for other work, ms. */
const mostWaitMs = 20_000;
/** Length of a measurement, ms, and the utilization above which the thread counts as wanted by others. */
const lookMs = 10;
const isWanted = 0.9;

/** Yields the thread while other work takes nearly all of it and nothing here is urgent. */
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
