import { expect, it, onTestFinished } from 'vitest';
import type { Census, Decider } from '@assay/event-sourcing';
import { partitionOf } from '@assay/messaging';
import { eventually, ManualClock } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  emptyLog,
  emptyStore,
  priced,
  runningAs,
  type ToyConfig,
  type ToyEmitted,
  type ToyReceived,
  digestOf,
  toy,
} from '../../test/toy.ts';

const dayMs = 86_400_000;

it('a due decision waits for the survey, also at the next owner, and is surveyed again after an order', async () => {
  const [log, store, clock] = [emptyLog(), emptyStore(), new ManualClock()];
  const partition = partitionOf(digestOf(1), log.partitions);
  const seen: Census[] = [];
  const program: Decider<ToyReceived, ToyEmitted, ToyConfig> = {
    ...toy,
    decidesByAbsence: true,
    decide: (state, context) => {
      const { events } = toy.decide(state, context);
      const isDue = events.length > 0 && (context.receivedUntil ?? 0) >= dayMs;
      return {
        events: context.isSurveyed ? events : [],
        census: { open: 1, ending: events.length, due: isDue ? 1 : 0 },
        lapsesAt: events.length === 0 ? undefined : Math.max(dayMs, context.now < dayMs ? 0 : context.now + dayMs),
      };
    },
    survey: (census, { config, ...context }) => {
      if (context.partition !== partition) return { isLet: false };
      seen.push(census);
      const target = `sweep/${seen.length}`;
      const data = { command: 'sweep', target, by: 'billing', why: '', outcome: 'held' };
      const cause = { id: target, correlationid: target };
      return config.price === '1'
        ? { isLet: false, report: { topic: 'operator.acted', key: target, idempotencyKey: target, cause, data } }
        : { isLet: census.due > 0 };
    },
  };
  const passing = (holds: () => Promise<boolean>) =>
    eventually(() => {
      clock.advance(100);
      return holds();
    });
  const own = Array.from({ length: 30 }, (_, n) => n).filter(
    (n) => partitionOf(digestOf(n), log.partitions) === partition,
  );
  const first = await runningAs(program, log, store, { clock });
  await append(log, ...own.map((n) => classified(n)));
  await passing(async () => (await store.scan(partition, undefined, 100)).length === own.length);
  clock.advance(dayMs);
  await passing(async () => (await log.end('operator.acted', 0)) === 1);
  expect(seen).toEqual([{ open: own.length, ending: own.length, due: own.length }]);
  await first.stop();
  clock.advance(dayMs);
  const next = await runningAs(program, log, store, { clock });
  onTestFinished(() => next.stop());
  await passing(async () => (await log.end('operator.acted', 0)) === 2);
  expect(await chargesIn(log)).toEqual([]);
  await append(log, priced('2'));
  await passing(async () => (await chargesIn(log)).length === own.length);
});
