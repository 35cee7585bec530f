import { sleep } from '@assay/event-sourcing';
import { ManualClock } from '@assay/testing';
import { expect, it } from 'vitest';
import { Freshness } from './freshness.ts';

const freshMs = 1000;

/** A log that answers, hangs, or is known to be away. */
const looking = () => {
  const clock = new ManualClock();
  const log = {
    lag: (): Promise<number> => Promise.resolve(0),
    caughtUp: (): Promise<void> => new Promise(() => undefined),
  };
  const freshness = new Freshness(
    () => log.lag(),
    () => log.caughtUp(),
    freshMs,
    clock,
  );
  const state = async (): Promise<string> => (await clock.passing(freshness.now())).state;
  const becomes = async (wanted: string): Promise<void> => {
    while ((await state()) !== wanted) clock.advance(10);
  };
  return { clock, log, freshness, state, becomes };
};

it('does not hold up readers when the log hangs, and states the age of the data once it is old', async () => {
  const { clock, log, freshness, state } = looking();
  expect(await freshness.now()).toEqual({ state: 'current' });
  log.lag = () => new Promise(() => undefined);
  clock.advance(freshMs / 10);
  const startedAt = clock.now();
  expect([await state(), clock.now() < startedAt + freshMs / 2]).toEqual(['current', true]);
  clock.advance(freshMs);
  // Answered without any further time passing.
  expect((await freshness.now()).state).toBe('cut-off');
});

it('does not wait for a log known to be away, and notices its return', async () => {
  const { clock, log, freshness, becomes } = looking();
  await freshness.now();
  log.lag = async () => {
    await sleep(clock, 400);
    throw new Error('no broker');
  };
  await becomes('cut-off');
  for (let reader = 0; reader < 5; reader += 1) expect((await freshness.now()).state).toBe('cut-off');
  log.lag = () => Promise.resolve(0);
  await becomes('current');
});

it('has no answer before it has once seen the whole log', async () => {
  const { log, state } = looking();
  log.lag = () => new Promise(() => undefined);
  expect(await state()).toBe('behind');
});

it('stays behind when the view was behind as the log began to hang', async () => {
  const { clock, log, freshness, state, becomes } = looking();
  await freshness.now();
  log.lag = () => Promise.resolve(3);
  await becomes('behind');
  log.lag = () => new Promise(() => undefined);
  clock.advance(freshMs / 5);
  expect(await state()).toBe('behind');
});

it('accepts a view that is never level but always close, and refuses one that is too far behind', async () => {
  const { clock, log, state, becomes } = looking();
  log.lag = () => Promise.resolve(3);
  log.caughtUp = () => sleep(clock, freshMs / 5);
  await becomes('current');
  for (let turn = 0; turn < 25; turn += 1) {
    clock.advance(freshMs / 10);
    expect(await state()).toBe('current');
  }
  log.caughtUp = () => sleep(clock, freshMs * 1.5);
  await becomes('behind');
  clock.advance(freshMs);
  expect(await state()).toBe('behind');
});

it('counts the time since the whole log was held, and from its beginning while it is filled', async () => {
  const { clock, log, freshness, becomes } = looking();
  log.lag = () => Promise.resolve(3);
  clock.advance(2_000);
  expect(freshness.behindMs).toBe(2_000);
  log.lag = () => Promise.resolve(0);
  await becomes('current');
  expect(freshness.behindMs).not.toBeGreaterThan(freshMs);
  log.lag = () => Promise.resolve(1);
  const before = freshness.behindMs;
  clock.advance(7_000);
  expect(freshness.behindMs - before).toBeGreaterThan(7_000 - freshMs);
  freshness.forget();
  clock.advance(500);
  expect(freshness.behindMs).toBe(500);
});
