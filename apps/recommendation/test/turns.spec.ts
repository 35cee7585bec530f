import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Turns } from '../src/view/turns.ts';

/** Somebody who always wants the thread. */
const beBusy = (): void => {
  let isOver = false;
  onTestFinished(() => { isOver = true; });
  void (async () => {
    while (!isOver) {
      for (const until = performance.now() + 5; performance.now() < until;);
      await nextTurn();
    }
  })();
};

/** How long it takes until it is our turn (ms). */
const waited = async (turns: Turns): Promise<number> => {
  const began = performance.now();
  await turns.ours();
  return performance.now() - began;
};

it('is ours at once where nobody else wants the thread, however long the last turn was', async () => {
  const turns = new Turns();
  turns.took(60_000);
  await pause(100);
  expect(await waited(turns)).toBeLessThan(1000);
});

it('leaves others nine times as long as it took, where they want the thread', async () => {
  const turns = new Turns();
  beBusy();
  turns.took(50);
  expect(await waited(turns)).toBeGreaterThan(400);
  expect(await waited(turns)).toBeLessThan(50);
});

it('lets nobody go first for longer than readers can wait', async () => {
  const turns = new Turns();
  beBusy();
  turns.took(60_000);
  expect(await waited(turns)).toBeGreaterThan(4500);
  expect(await waited(turns)).toBeLessThan(50);
}, 10_000);

it('lets nobody go first any more at the end', async () => {
  const turns = new Turns();
  beBusy();
  turns.took(60_000);
  setTimeout(() => turns.end(), 100);
  expect(await waited(turns)).toBeLessThan(2000);
});
