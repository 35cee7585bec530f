import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { metrics } from '@opentelemetry/api';
import { afterEach, expect, it, vi } from 'vitest';
import { measureProcess } from './process.ts';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

const names = async (): Promise<readonly string[]> => {
  exporter.reset();
  await reader.forceFlush();
  return exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .filter(({ dataPoints }) => dataPoints.length > 0)
    .map(({ descriptor }) => descriptor.name);
};

afterEach(() => vi.restoreAllMocks());

it('has the utilization of the event loop once a process is older than its start takes', async () => {
  const stop = measureProcess('toy');
  const age = vi.spyOn(process, 'uptime').mockReturnValue(4.9);
  await expect.poll(names, { interval: 1_100 }).toContain('nodejs.eventloop.delay.p99');
  expect(await names()).not.toContain('nodejs.eventloop.utilization');
  age.mockReturnValue(5);
  expect(await names()).toContain('nodejs.eventloop.utilization');
  stop();
});
