import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, it, onTestFinished } from 'vitest';
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
  expect(value('assay.notifications', { outcome: 'accepted' })).toBe(2);
});
