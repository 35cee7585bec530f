import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type CollectionResult,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Collections } from './collections.ts';
import { forgettingGauges } from './forgetting-gauges.ts';

/** One reader with one gauge, which answers when it is let. */
const collecting = () => {
  const exporter = forgettingGauges(new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE));
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  onTestFinished(() => reader.shutdown());
  const answer = Promise.withResolvers<void>();
  const observed = { times: 0 };
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  meter.createObservableGauge('gauge').addCallback(async (result) => {
    observed.times += 1;
    await answer.promise;
    result.observe(7);
  });
  return { collections: new Collections(reader, 60_000), answer: answer.resolve, observed };
};

const valuesIn = ({ resourceMetrics }: CollectionResult) =>
  resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
  );

describe('collections of one reader', () => {
  it('give a gauge to all that ask at the same time', async () => {
    const { collections, answer, observed } = collecting();
    const asked = [collections.read(), collections.dropUnread(), collections.read()] as const;
    answer();
    const [first, , second] = await Promise.all(asked);
    expect([valuesIn(first), valuesIn(second), observed.times]).toEqual([[7], [7], 1]);
    expect(valuesIn(await collections.read())).toEqual([7]);
    expect(observed.times).toBe(2);
  });

  it('drop values only if none of them was read', async () => {
    const { collections, answer, observed } = collecting();
    answer();
    await collections.read();
    await collections.dropUnread();
    expect(observed.times).toBe(1);
    await collections.dropUnread();
    expect(observed.times).toBe(2);
  });
});
