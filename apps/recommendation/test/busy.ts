import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Somebody who wants the thread until the test ends: all of it, or after each 5 ms so many ms less. */
export const beBusy = (restMs?: number): void => {
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  void (async () => {
    while (!isOver) {
      for (const until = performance.now() + 5; performance.now() < until;);
      await (restMs === undefined ? nextTurn() : pause(restMs));
    }
  })();
};
