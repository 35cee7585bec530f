import { describe, expect, it, onTestFinished } from 'vitest';
import { definitionOf, stepOf, validated, type AnyEvent, type EventDefinition } from '@assay/events';
import { EmbeddedStore, ServiceHost } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { eventOf, eventually, ManualClock } from '@assay/testing';
import { dataOf, digestOf } from '../../../../libs/read-model/test/fixtures.ts';
import { closingNotes, dayMs, evolveConfig, isOrder, survey, type Config } from './closings.ts';
import { decider } from './decider.ts';

const now = Date.parse('2026-12-15T08:00:00.000Z');
const acted = (outcome: string, target = 'sweep/untagged-3', details: object = { gone: 30, known: 100 }) =>
  eventOf(
    'operator.acted',
    target,
    { command: 'sweep', target, by: 'me', why: 'a test', outcome, details },
    { time: new Date(now).toISOString() },
  );
const after = (...events: AnyEvent[]): Config => events.reduce((known, each) => evolveConfig(known, each as never), {});
const judged = (ending: number, open: number, config: Config = {}, at = now) => {
  const { isLet, report } = survey({ open, ending, due: 1 }, { config, partition: 3, now: at });
  if (report) validated(definitionOf('operator.acted') as EventDefinition, report.data);
  return `${isLet ? 'let' : 'not let'} ${(report?.data as { outcome?: string } | undefined)?.outcome ?? ''}`.trim();
};

describe('closings for want of a tag', () => {
  it.each([
    [20, 20, 'let'],
    [21, 105, 'let'],
    [21, 104, 'not let held'],
  ])('%d of %d within a day are %s', (ending, open, expected) => {
    expect(judged(ending, open)).toBe(expected);
  });

  it('stay held without another word until they are more, or are plausible again', () => {
    const held = after(acted('held'));
    expect([judged(30, 100, held), judged(31, 100, held), judged(20, 100, held)]).toEqual([
      'not let',
      'not let held',
      'let released',
    ]);
    expect(closingNotes(held)).toEqual([expect.stringContaining('assay sweep confirm untagged-3')]);
    expect(after(acted('held'), acted('released'))).toEqual({});
  });

  it('end by an order, as many as it covers and within its day, and then the order is over', () => {
    const ordered = after(acted('held'), acted('ordered'));
    expect([judged(30, 100, ordered, now + dayMs - 1), judged(30, 100, ordered, now + dayMs)]).toEqual([
      'let',
      'not let held',
    ]);
    expect([judged(31, 100, ordered), judged(2, 70, ordered)]).toEqual(['not let held', 'let swept']);
    expect(closingNotes(ordered)).toEqual([]);
    expect(after(acted('held'), acted('ordered'), acted('held'))).toEqual(after(acted('held')));
    const order = acted('ordered');
    const { report } = survey(
      { open: 70, ending: 2, due: 1 },
      { config: after(acted('held'), order), partition: 3, now },
    );
    expect(report?.cause.id).toBe(order.id);
  });

  it('concern no order of another sweep, and none of what is not held', () => {
    expect(isOrder(acted('ordered'))).toBe(true);
    expect(isOrder(acted('held'))).toBe(false);
    expect(isOrder(acted('ordered', 'sweep//registries/one'))).toBe(false);
    expect(after(acted('held', 'sweep//registries/one'), acted('ordered'))).toEqual({});
    expect(judged(30, 100, after(acted('held', 'sweep/untagged-4'), acted('ordered', 'sweep/untagged-4')))).toBe(
      'not let held',
    );
  });
});

it('closings of most of a partition wait for an order, also at the next owner', async () => {
  const [log, store, clock] = [new EmbeddedLog(':memory:', 1), new EmbeddedStore(':memory:'), new ManualClock()];
  const { tracer } = await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } });
  const append = (...events: AnyEvent[]) => log.append(events.map((each) => recordOf(each, 1)));
  const started = async (): Promise<() => Promise<void>> => {
    const host = new ServiceHost(decider, { log, store, clock, tracer: tracer('recommendation') });
    const { close } = await host.open(stepOf('recommendation').consumes, async (event, context) => {
      (context as { unit: { receive(e: unknown): void } }).unit.receive(event);
    });
    return close;
  };
  const reasons = async (topic: 'recommendation.changed' | 'operator.acted'): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const { records } of log.read(topic, 0, 0, await log.end(topic, 0)))
      for (const { value, headers } of records) {
        const { reason, outcome } = JSON.parse(value || '{}') as { reason?: string; outcome?: string };
        if (headers.ce_type !== 'assay.fence.v1') all.push(reason ?? outcome);
      }
    return all;
  };
  const closed = async () => (await reasons('recommendation.changed')).filter((each) => each === 'untagged').length;
  const passing = (holds: () => Promise<boolean>, ms = 500) =>
    eventually(() => {
      clock.advance(ms);
      return holds();
    });
  const close = await started();
  const images = Array.from({ length: 21 }, (_, n) => digestOf(n + 1));
  await append(
    ...images.flatMap((digest) => [
      eventOf('finding.classified', digest, { ...dataOf('finding.classified'), digest }),
      eventOf('image.tagged', digest, {
        ...dataOf('image.tagged'),
        digest,
        tags: [],
        indexes: [],
        order: 1,
        at: new Date(clock.now()).toISOString(),
      }),
    ]),
  );
  await passing(async () => (await reasons('recommendation.changed')).length === 21);
  clock.advance(14 * dayMs);
  await passing(async () => (await reasons('operator.acted')).length === 1);
  await close();
  clock.advance(dayMs);
  const closeNext = await started();
  onTestFinished(closeNext);
  for (let turn = 0; turn < 100; turn += 1) {
    clock.advance(60_000);
    await clock.yield();
  }
  expect([await closed(), await reasons('operator.acted')]).toEqual([0, ['held']]);
  await append(acted('ordered', 'sweep/untagged-0', {}));
  await passing(async () => (await closed()) === 21);
  await passing(async () => (await reasons('operator.acted')).length === 3, 60_000);
  expect(await reasons('operator.acted')).toEqual(['held', 'ordered', 'swept']);
});
