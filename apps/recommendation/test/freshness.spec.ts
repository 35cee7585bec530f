import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Freshness } from '../src/view/freshness.ts';

const freshMs = 1000;

/** A log that answers, hangs, or is known to be away. */
const looking = () => {
  const log = { lag: (): Promise<number> => Promise.resolve(0), caughtUp: (): Promise<void> => new Promise(() => undefined) };
  const freshness = new Freshness(() => log.lag(), () => log.caughtUp(), freshMs);
  onTestFinished(() => { freshness.close(); });
  const timed = async () => { const began = performance.now(); const { state } = await freshness.now(); return { state, ms: performance.now() - began }; };
  return { log, freshness, timed };
};

it('keeps no reader waiting for a log that hangs, and says as of when it is once that is long ago', async () => {
  const { log, freshness, timed } = looking();
  expect(await freshness.now()).toEqual({ state: 'current' });
  log.lag = () => new Promise(() => undefined);
  await pause(freshMs / 10);
  const first = await timed();
  expect([first.state, first.ms < freshMs / 2]).toEqual(['current', true]);
  await pause(freshMs);
  const later = await timed();
  expect([later.state, later.ms < 50]).toEqual(['cut-off', true]);
});

it('waits for none that is known to be away, and sees it come back', async () => {
  const { log, freshness, timed } = looking();
  await freshness.now();
  log.lag = async () => { await pause(400); throw new Error('no broker'); };
  await expect.poll(async () => (await freshness.now()).state, { timeout: 3000 }).toBe('cut-off');
  for (let reader = 0; reader < 5; reader += 1) expect(await timed()).toEqual({ state: 'cut-off', ms: expect.toSatisfy((ms: number) => ms < 50) });
  log.lag = () => Promise.resolve(0);
  await expect.poll(async () => (await freshness.now()).state, { timeout: 3000 }).toBe('current');
});

it('has nothing to answer with before it has seen the whole log once', async () => {
  const { log, freshness } = looking();
  log.lag = () => new Promise(() => undefined);
  expect((await freshness.now()).state).toBe('behind');
});

it('does not let a view pass that was behind when the log began to hang', async () => {
  const { log, freshness } = looking();
  await freshness.now();
  log.lag = () => Promise.resolve(3);
  await expect.poll(async () => (await freshness.now()).state, { timeout: 3000 }).toBe('behind');
  log.lag = () => new Promise(() => undefined);
  await pause(freshMs / 5);
  expect((await freshness.now()).state).toBe('behind');
});

it('lets a view pass that is never level and always close, and none that is as far behind as it may not be', async () => {
  const { log, freshness } = looking();
  log.lag = () => Promise.resolve(3);
  log.caughtUp = () => pause(freshMs / 5);
  await expect.poll(async () => (await freshness.now()).state, { timeout: 3000 }).toBe('current');
  for (let turn = 0; turn < 25; turn += 1) { await pause(freshMs / 10); expect((await freshness.now()).state).toBe('current'); }
  log.caughtUp = () => pause(freshMs * 1.5);
  await expect.poll(async () => (await freshness.now()).state, { timeout: 3000 }).toBe('behind');
  await pause(freshMs);
  expect((await freshness.now()).state).toBe('behind');
});
