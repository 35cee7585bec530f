import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, it, onTestFinished } from 'vitest';
import { collectMetrics } from '@assay/testing';
import { TestSuite } from './suite.ts';

it('exports lag, outcomes, durations and parked events', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  onTestFinished(async () => {
    await reader.shutdown();
    metrics.disable();
  });
  const suite = await TestSuite.start();
  await suite.charged(await suite.push('alpine-3.20.3', 'alpine', 'v1'), 'alpine');
  await suite.settled(await suite.push('windows', 'windows', 'v1'), 'windows');
  await suite.suite.log.append([
    {
      topic: 'scan.completed',
      partition: 0,
      key: 'poison',
      headers: { ce_id: 'x', ce_type: 'assay.scan.completed.v1' },
      value: '{',
    },
    {
      topic: 'usage.charged',
      partition: 0,
      key: 'poison',
      headers: { ce_id: 'y', ce_type: 'assay.usage.charged.v1' },
      value: '{',
    },
  ]);
  await expect.poll(async () => (await suite.suite.stores.get('classifier')!.parked()).length).toBe(1);
  const value = (name: string, attributes: object): unknown =>
    exporter
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics)
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.find((point) => Object.entries(attributes).every(([key, of]) => point.attributes[key] === of))
      ?.value;
  // The metric of parked events follows a moment later.
  await expect
    .poll(async () => {
      await reader.forceFlush();
      return value('assay.outbox.age', { service: 'classifier' });
    })
    .toBe(0);
  expect(value('assay.consumer.lag', { service: 'classifier' })).toBe(0);
  expect(value('assay.events.parked.now', { service: 'classifier' })).toBe(1);
  // Only the read model reads charges. What the classifier parks counts once, although the read model has it, too.
  const parkedInView = (topic: string): unknown =>
    value('assay.events.parked.now', { service: 'recommendation', topic });
  await expect
    .poll(async () => {
      await reader.forceFlush();
      return [parkedInView('usage.charged'), parkedInView('scan.completed') ?? 0];
    })
    .toEqual([1, 0]);
  expect(value('assay.events.parked', { service: 'classifier', code: 'invalid-event' })).toBe(1);
  expect(value('assay.scans', { outcome: 'succeeded', joined: false })).toBe(1);
  expect(value('assay.declined', { reason: 'windows-image' })).toBe(1);
  expect(value('assay.recommendations', { status: 'unhealthy' })).toBe(1);
  expect(value('assay.charges', { currency: 'USD' })).toBe(1);
  for (const outcome of ['unhealthy', 'declined'])
    expect(value('assay.pushes', { lane: 'push', in_time: true, outcome }), outcome).toBe(1);
  expect(value('assay.pushes', { lane: 'push', in_time: false, outcome: 'unhealthy' })).toBe(0);
  for (const name of ['assay.push.duration', 'assay.scan.duration', 'assay.pull.duration'])
    expect(value(name, {}), name).toMatchObject({ count: expect.any(Number) });
  const registry = suite.suite.endpoint.registries[0]!.loginServer.toLowerCase();
  expect(value('assay.notifications', { outcome: 'accepted', registry })).toBe(2);
});

it('exports the state of the estate and of the runner as the API shows it', async () => {
  const collected = collectMetrics();
  onTestFinished(() => collected.close());
  const suite = await TestSuite.start();
  await suite.charged(await suite.push('alpine-3.20.3', 'alpine', 'v1'), 'alpine');
  await suite.settled(await suite.push('windows', 'windows', 'v1'), 'windows');
  const values = async (name: string): Promise<object[]> =>
    (await collected.of(`assay.${name}`)).map(({ labels, value }) => ({ ...labels, value }));
  const one = async (name: string): Promise<unknown> => {
    const [first, ...others] = await values(name);
    expect(others, name).toEqual([]);
    return (first as { value?: unknown } | undefined)?.value;
  };
  const { counts } = await suite.get<{ counts: Record<string, number> }>('/assay/images');
  const registry = suite.suite.endpoint.registries[0]!.loginServer.toLowerCase();
  // Absent while the read model reads on.
  await expect.poll(() => values('images')).toHaveLength(6);
  expect(await values('images')).toEqual(
    expect.arrayContaining(Object.entries(counts).map(([status, value]) => ({ registry, status, value }))),
  );
  expect([await one('pushes.overdue'), await one('images.recalled'), await one('charges.mismatch')]).toEqual([0, 0, 0]);
  expect(await values('coverage.missing')).toEqual([{ registry, value: 0 }]);
  const { demonstration } = await suite.get<{ demonstration: boolean }>('/assay/me');
  expect(await one('database.demonstration')).toBe(Number(demonstration));
  expect([await one('view.broken'), await one('scanner.recalled')]).toEqual([0, 0]);
  const [runner] = (
    await suite.get<{
      value: {
        walls: { name: string; stands: boolean }[];
        slots: { of: number };
        boundedBy: Record<string, string>;
        scanner: { version: string; digest: string };
      }[];
    }>('/assay/runners')
  ).value;
  const { walls, slots, boundedBy, scanner } = runner!;
  expect(await values('sandbox.walls')).toEqual(
    walls.flatMap(({ name: wall, stands }) => [
      { wall, state: 'stands', value: Number(stands) },
      { wall, state: 'missing', value: Number(!stands) },
    ]),
  );
  expect(await values('sandbox.slots')).toEqual([
    { state: 'used', value: 0 },
    { state: 'free', value: slots.of },
  ]);
  for (const [what, by] of Object.entries(boundedBy).filter(([what]) => what !== 'why'))
    expect(await values('sandbox.bounded_by')).toContainEqual({ what, by, value: 1 });
  expect(await values('scanner.info')).toEqual([
    { version: scanner.version, build: scanner.digest.slice('sha256:'.length, 'sha256:'.length + 12), value: 1 },
  ]);
  expect(await values('sweep.age')).toEqual([{ registry, value: expect.any(Number) }]);
});
