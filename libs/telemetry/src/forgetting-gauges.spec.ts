import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, it, onTestFinished } from 'vitest';
import { forgettingGauges } from './forgetting-gauges.ts';

it('exports a gauge only while it has a value, and counters always', async () => {
  const exporter = forgettingGauges(new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE));
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  onTestFinished(() => reader.shutdown());
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  const lanes = new Map([
    ['push', 3],
    ['rescan', 7],
  ]);
  meter.createObservableGauge('gauge').addCallback((result) => {
    for (const [lane, value] of lanes) result.observe(value, { lane });
  });
  const counter = meter.createCounter('counter');
  counter.add(1);
  const collected = async () => {
    exporter.reset();
    await reader.forceFlush();
    return exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .flatMap(({ descriptor: { name }, dataPoints }) =>
        dataPoints.map(({ attributes: { lane }, value }) => [name, ...(lane === undefined ? [] : [lane]), value]),
      );
  };
  expect(await collected()).toEqual([
    ['gauge', 'push', 3],
    ['gauge', 'rescan', 7],
    ['counter', 1],
  ]);
  lanes.delete('rescan');
  expect(await collected()).toEqual([
    ['gauge', 'push', 3],
    ['counter', 1],
  ]);
  lanes.clear();
  counter.add(1);
  expect(await collected()).toEqual([['counter', 2]]);
});
