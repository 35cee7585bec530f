import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { longBounds } from './catalogue.ts';
import { counter, gauge, histogram } from './instruments.ts';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });

const collected = async () => {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .map(({ descriptor, dataPoints }) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      points: dataPoints.map(({ attributes, value }) => ({ attributes, value })),
    }));
};

beforeAll(() => void metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] })));
afterAll(() => metrics.disable());

it('makes instruments by the catalogue, with the label of the service', async () => {
  counter('pushes', 'toy').add(2, { lane: 'push', in_time: true, outcome: 'healthy' });
  histogram('push.duration', 'toy').record(700, { lane: 'push' });
  gauge('jobs.age', 'toy').watch(async (observe) => observe(3, { lane: 'push' }));
  expect(await collected()).toEqual([
    {
      name: 'assay.pushes',
      unit: '{push}',
      points: [{ attributes: { lane: 'push', in_time: true, outcome: 'healthy', service: 'toy' }, value: 2 }],
    },
    {
      name: 'assay.push.duration',
      unit: 's',
      points: [
        {
          attributes: { lane: 'push', service: 'toy' },
          value: expect.objectContaining({
            buckets: { boundaries: [...longBounds], counts: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0] },
          }),
        },
      ],
    },
    { name: 'assay.jobs.age', unit: 's', points: [{ attributes: { lane: 'push', service: 'toy' }, value: 3 }] },
  ]);
});

it('checks names and labels by type', () => {
  const wrong = (): void => {
    // @ts-expect-error: no such metric
    counter('pushed', 'toy');
    // @ts-expect-error: a gauge is no counter
    counter('jobs.age', 'toy');
    // @ts-expect-error: no such lane
    histogram('push.duration', 'toy').record(1, { lane: 'fast' });
    // @ts-expect-error: a label is missing
    counter('events.received', 'toy').add(1);
    // @ts-expect-error: a label that the metric does not have
    counter('jobs.queued', 'toy').add(1, { digest: 'sha256:1' });
  };
  expect(wrong).toBeTypeOf('function');
});
