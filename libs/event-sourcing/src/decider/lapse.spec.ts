import { describe, expect, it, onTestFinished } from 'vitest';
import { ServiceHost, type Decider, type Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { eventually, ManualClock } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  digestOf,
  emptyLog,
  emptyStore,
  ports,
  toy,
  type ToyConfig,
  type ToyReceived,
  type ToyEmitted,
} from '../../test/toy.ts';

const dayMs = 86_400_000;

/** Charges only after a day, and then only if nothing else was received. */
const patient = (when: 'wakeAt' | 'lapsesAt'): Decider<ToyReceived, ToyEmitted, ToyConfig> => ({
  ...toy,
  decidesByAbsence: true,
  decide: (state, context) => {
    const { events } = toy.decide(state, context);
    return {
      events: (context.receivedUntil ?? 0) >= dayMs ? events : [],
      ...(events.length > 0 ? { [when]: dayMs } : {}),
    };
  },
});

const started = async (
  program: Decider<ToyReceived, ToyEmitted, ToyConfig>,
  log: EventLog,
  store: Store,
  clock: ManualClock,
) => {
  const host = new ServiceHost(program, ports(log, store, { clock }));
  const { close } = await host.open(['finding.classified'], async (event, context) => {
    (context as { unit: { receive(e: unknown): void } }).unit.receive(event);
  });
  onTestFinished(() => close());
  return { close };
};

/** Advances the clock in small steps until a condition holds. */
const passing = (clock: ManualClock, holds: () => Promise<boolean>): Promise<void> =>
  eventually(() => {
    clock.advance(100);
    return holds();
  });

const received = async (log: EventLog, store: Store, n: number): Promise<boolean> =>
  (
    await Promise.all(Array.from({ length: log.partitions }, (_, partition) => store.scan(partition, undefined, 100)))
  ).flat().length === n;

const charged = async (log: EventLog): Promise<string[]> =>
  (await chargesIn(log)).map(({ digest }) => digest).toSorted();

const keys = [1, 2, 3].map(digestOf);

describe('a decision that lapses by time alone', () => {
  it('is evaluated by one timer per partition, without a wake of its key in the store', async () => {
    const [log, store, clock] = [emptyLog(), emptyStore(), new ManualClock()];
    await started(patient('lapsesAt'), log, store, clock);
    await append(log, ...[1, 2, 3].map((n) => classified(n)));
    await passing(clock, () => received(log, store, 3));
    for (let partition = 0; partition < log.partitions; partition += 1)
      expect((await store.due(partition, 10 * dayMs, 10)).keys).toEqual([]);
    expect(await charged(log)).toEqual([]);
    clock.advance(dayMs);
    await passing(clock, async () => (await charged(log)).length === 3);
    expect(await charged(log)).toEqual(keys);
  });

  it('is evaluated by the next owner, even if it lapsed while there was no owner', async () => {
    const [log, store, clock] = [emptyLog(), emptyStore(), new ManualClock()];
    const first = await started(patient('lapsesAt'), log, store, clock);
    await append(log, classified(1));
    await passing(clock, () => received(log, store, 1));
    await first.close();
    clock.advance(dayMs);
    await started(patient('lapsesAt'), log, store, clock);
    await passing(clock, async () => (await charged(log)).length === 1);
  });

  it('is not evaluated early by the next owner, and still lapses in time', async () => {
    const [log, store, clock] = [emptyLog(), emptyStore(), new ManualClock()];
    const first = await started(patient('lapsesAt'), log, store, clock);
    await append(log, classified(1));
    await passing(clock, () => received(log, store, 1));
    await first.close();
    let scans = 0;
    const { scan } = store;
    store.scan = (...args) => {
      scans += 1;
      return scan.apply(store, args);
    };
    await started(patient('lapsesAt'), log, store, clock);
    for (let turn = 0; turn < 50; turn += 1) {
      clock.advance(100);
      await clock.yield();
    }
    expect(scans).toBe(0);
    clock.advance(dayMs);
    await passing(clock, async () => (await charged(log)).length === 1);
  });

  it.each(['wakeAt', 'lapsesAt'] as const)(
    'is not evaluated before everything in the log was received (%s)',
    async (when) => {
      const [log, store, clock] = [emptyLog(), emptyStore(), new ManualClock()];
      // The log holds a record that was not received yet.
      let ahead = 0;
      const { end } = log;
      log.end = async (topic, partition) =>
        (await end.call(log, topic, partition)) + (topic === 'finding.classified' ? ahead : 0);
      await started(patient(when), log, store, clock);
      await append(log, classified(1));
      await passing(clock, () => received(log, store, 1));
      ahead = 1;
      clock.advance(dayMs);
      for (let turn = 0; turn < 200; turn += 1) {
        clock.advance(100);
        await clock.yield();
      }
      expect(await charged(log)).toEqual([]);
      ahead = 0;
      await append(log, ...Array.from({ length: 12 }, (_, n) => classified(100 + n)));
      await passing(clock, async () => (await charged(log)).includes(digestOf(1)));
    },
  );
});
