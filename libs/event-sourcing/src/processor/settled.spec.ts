import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FindingClassified } from '@assay/events';
import { Rebuilding, silent, type Decider, type Observer, type Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { eventually } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  contents,
  digestOf,
  emptyLog,
  emptyStore,
  ports,
  runningAs,
  toy,
  type ToyConfig,
  type ToyEmitted,
  type ToyReceived,
} from '../../test/toy.ts';

/** Long before any test, so that every push is late. */
const receivedAt = 0;

/** The toy settles each classification as a push of its own, and keeps their number as its tally. */
const settling: Decider<ToyReceived, ToyEmitted, ToyConfig> = {
  ...toy,
  tallies: {
    received: ({ tally }, event) => {
      const { digest, loginServer, repository, verdict } = event.data as FindingClassified;
      const { count = 0 } = (tally ?? {}) as { count?: number };
      const push = { digest, loginServer, repository, traceparent: String(verdict), receivedAt };
      return {
        tally: { count: count + 1 },
        settled: [{ ...push, lane: 'push', outcome: 'healthy', deadline: receivedAt + 1 }],
      };
    },
    waited: ({ tally }) => ({ tally, settled: [] }),
    changed: (event, received, settled) =>
      received.length === settled.length ? { cause: 'rule', at: Date.parse(event.time) } : undefined,
  },
};

const noting = () => {
  const [settled, changed]: [string[], string[]] = [[], []];
  const observer: Observer = {
    ...silent,
    settled: ({ traceparent, inTime, seconds }) => {
      settled.push(`${traceparent} ${inTime} ${seconds > 0}`);
    },
    changed: (cause) => {
      changed.push(cause);
    },
  };
  return { settled, changed, observer };
};

const started = async (log: EventLog, store: Store, observer: Observer, program = settling) => {
  const { stop } = await runningAs(program, log, store, { observer });
  let stopped = false;
  const stopOnce = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await stop();
  };
  onTestFinished(stopOnce);
  return stopOnce;
};

const charges = async (log: EventLog): Promise<number> => (await chargesIn(log)).length;

describe('a settled push', () => {
  it('is reported once, with its time, and not again by a repeat or by the next owner', async () => {
    const [log, store, { settled, changed, observer }] = [emptyLog(), emptyStore(), noting()];
    const stop = await started(log, store, observer);
    const first = classified(1, { verdict: 1 }, '1.1');
    await append(log, first, classified(1, { verdict: 2 }, '1.2'));
    await eventually(async () => (await charges(log)) === 2);
    await append(log, first, classified(2, { verdict: 3 }, '1.3'));
    await eventually(async () => (await charges(log)) === 3);
    await stop();
    await append(log, classified(1, { verdict: 4 }, '1.4'));
    await started(log, store, observer);
    await eventually(async () => (await charges(log)) === 4);
    expect(settled.toSorted()).toEqual(['1 false true', '2 false true', '3 false true', '4 false true']);
    expect(changed).toHaveLength(4);
    expect(Object.values(await contents(store, log.partitions))).toContainEqual(
      expect.objectContaining({ tally: { count: 3 } }),
    );
  });

  it('is not reported by a store that is restored, nor by one that is rebuilt beside it', async () => {
    const [log, before] = [emptyLog(), noting()];
    const stop = await started(log, emptyStore(), before.observer);
    await append(log, classified(1, { verdict: 1 }), classified(2, { verdict: 2 }));
    await eventually(async () => (await charges(log)) === 2);
    await stop();
    expect(before.settled).toHaveLength(2);

    const after = noting();
    const rebuilding = await new Rebuilding(settling, ports(log, emptyStore(), { observer: after.observer })).open();
    for (let partition = 0; partition < log.partitions; partition += 1) await rebuilding.fill(partition);
    await rebuilding.close();
    const store = emptyStore();
    const stopAgain = await started(log, store, after.observer);
    expect(after.settled).toEqual([]);
    await append(log, classified(1, { verdict: 3 }));
    await eventually(async () => (await charges(log)) === 3);
    await stopAgain();
    // A program with other folds restores it again.
    await started(log, store, after.observer, { ...settling, stateVersion: 2 });
    await append(log, classified(2, { verdict: 4 }));
    await eventually(async () => (await charges(log)) === 4);
    expect(after.settled).toEqual(['3 false true', '4 false true']);
  });

  it('is not reported if its event is parked, or its commit fails', async () => {
    const [log, store, { settled, observer }] = [emptyLog(), emptyStore(), noting()];
    const transact = store.transact.bind(store);
    let fails = 1;
    store.transact = (partition, epoch, changes) =>
      changes.outbox.length > 0 && (fails -= 1) >= 0
        ? Promise.reject(new Error('the store is away'))
        : transact(partition, epoch, changes);
    await started(log, store, observer);
    // The handler of the toy breaks off behind the fold.
    await append(log, classified(1, { verdict: 1, reason: 'half done' }), classified(2, { verdict: 2 }));
    await eventually(async () => (await charges(log)) === 1);
    expect(settled).toEqual(['2 false true']);
    expect(fails).toBeLessThan(0);
  });

  it('waits for a decision if it threw, and is reported once it is made, also by the next owner', async () => {
    const [log, store, { settled, observer }] = [emptyLog(), emptyStore(), noting()];
    let taken = 0;
    const counting: Observer = {
      ...observer,
      received: (_, records) => {
        taken += records;
      },
    };
    const failing: typeof settling = {
      ...settling,
      decide: (state, context) => {
        if (context.key === digestOf(1)) throw new Error('no decision');
        return settling.decide(state, context);
      },
    };
    const stop = await started(log, store, counting, failing);
    await append(log, classified(1, { verdict: 1 }), classified(2, { verdict: 2 }));
    await eventually(async () => taken === 2);
    expect(settled).toEqual(['2 false true']);
    await stop();
    await started(log, store, counting);
    await append(log, classified(1, { verdict: 3 }));
    await eventually(async () => taken === 3);
    expect(settled.toSorted()).toEqual(['1 false true', '2 false true', '3 false true']);
    for (const state of Object.values(await contents(store, log.partitions)))
      expect(state).not.toHaveProperty('undecided');
  });

  it('is a span from its receipt on, which is an error without a result', async () => {
    const [log, exporter] = [emptyLog(), new InMemorySpanExporter()];
    const telemetry = await startTelemetry({
      version: '1',
      env: {},
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const outcomes = ['healthy', 'undetermined', 'overdue'] as const;
    const hourAgo = Math.floor(Date.now() / 1000) - 3600;
    const program: typeof settling = {
      ...settling,
      tallies: {
        ...settling.tallies!,
        received: (state, event, after) => {
          const { tally, settled } = settling.tallies!.received(state, event, after);
          const outcome = outcomes[(event.data as FindingClassified).verdict - 1]!;
          const receivedAt = hourAgo * 1000;
          return { tally, settled: settled.map((push) => ({ ...push, receivedAt, outcome, reason: 'why' })) };
        },
      },
    };
    const { stop } = await runningAs(program, log, emptyStore(), { tracer: telemetry.tracer('toy') });
    onTestFinished(stop);
    await append(log, ...outcomes.map((_, index) => classified(1, { verdict: index + 1 })));
    const spans = () => exporter.getFinishedSpans().filter(({ name }) => name === 'push');
    await eventually(() => spans().length === outcomes.length);
    expect(
      spans().map(({ startTime, attributes, status }) => [startTime, attributes['assay.status'], status.message]),
    ).toEqual([
      [[hourAgo, 0], 'healthy', undefined],
      [[hourAgo, 0], 'undetermined', 'why'],
      [[hourAgo, 0], 'overdue', 'why'],
    ]);
  });
});
