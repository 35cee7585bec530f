import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Keeps the thread busy until the test ends: all the time, or with a pause of `restMs` after each 5 ms. */
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
