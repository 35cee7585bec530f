import { metrics } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { parsed, type Sample } from '../test/prometheus-text.ts';
import { catalogue, type Metric } from './metrics/catalogue.ts';
import { counter, gauge, histogram } from './metrics/instruments.ts';
import { prometheusLabel, prometheusName } from './metrics/prometheus-name.ts';
import type { MetricsAddress } from './prometheus.ts';
import { startTelemetry } from './start.ts';

afterEach(() => metrics.disable());

/** Starts telemetry with `/metrics` on a free port. */
const serving = async (more: Partial<MetricsAddress> = {}) => {
  const telemetry = await startTelemetry({ version: '1', env: {}, metrics: { host: '127.0.0.1', port: 0, ...more } });
  const url = telemetry.metricsUrl!;
  return { url, read: async () => parsed(await (await fetch(url)).text()), close: () => telemetry.shutdown() };
};

const valueOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>>) =>
  samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;

describe('metrics as text for Prometheus', () => {
  it('have the names, kinds, units and labels of the catalogue', async () => {
    const { read, close } = await serving();
    const pushes = counter('pushes', 'recommendation');
    pushes.add(3, { lane: 'push', in_time: true, outcome: 'healthy' });
    const durations = histogram('push.duration', 'recommendation');
    for (const seconds of [0.9, 4, 20, 120, 800, 950, 9999]) durations.record(seconds, { lane: 'push' });
    gauge('jobs.age', 'ingestion').watch((observe) => observe(12.5, { lane: 'backfill/"odd\\host"\n' }));
    gauge('nodejs.eventloop.utilization', 'toy').watch((observe) => observe(0.5));
    const { families, samples } = await read();

    expect(families.get('assay_pushes_total')).toMatchObject({ type: 'counter' });
    expect(families.get('assay_push_duration_seconds')).toMatchObject({ type: 'histogram' });
    expect(families.get('assay_jobs_age_seconds')).toMatchObject({ type: 'gauge' });
    const push = { lane: 'push', service: 'recommendation' };
    expect(valueOf(samples, 'assay_pushes_total', { ...push, in_time: 'true', outcome: 'healthy' })).toBe(3);
    // A series that begins with 1 would show no increase.
    expect(valueOf(samples, 'assay_pushes_total', { ...push, in_time: 'false', outcome: 'overdue' })).toBe(0);
    const within = (le: string) => valueOf(samples, 'assay_push_duration_seconds_bucket', { ...push, le });
    expect(['1', '5', '60', '120', '900', '1800', '+Inf'].map(within)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(valueOf(samples, 'assay_push_duration_seconds_count', push)).toBe(7);
    expect(valueOf(samples, 'assay_jobs_age_seconds', { lane: 'backfill/"odd\\host"\n' })).toBe(12.5);
    expect(valueOf(samples, 'nodejs_eventloop_utilization_ratio', { service: 'toy' })).toBe(0.5);
    await close();
  });

  it('are all in the catalogue, those of the process too', async () => {
    const { read, close } = await serving();
    // The event loop has a delay once it was sampled.
    await expect
      .poll(async () => (await read()).families.has('nodejs_eventloop_delay_p99_seconds'), { interval: 1_100 })
      .toBe(true);
    const known = new Map(
      Object.entries<Metric>(catalogue).map(([name, metric]) => [prometheusName(name, metric), metric]),
    );
    const { families, samples } = await read();
    expect([...families.keys()].filter((name) => name !== 'target_info' && !known.has(name))).toEqual([]);
    for (const { family, labels } of samples.filter((sample) => sample.family !== 'target_info')) {
      const allowed = Object.keys(known.get(family)!.labels).map(prometheusLabel);
      expect(Object.keys(labels).filter((label) => !['le', 'service', ...allowed].includes(label))).toEqual([]);
    }
    expect(valueOf(samples, 'v8js_memory_heap_limit_bytes', { service: 'assay' })).toBeGreaterThan(1e6);
    await close();
  });

  it('forget a gauge that has no value any more', async () => {
    const { read, close } = await serving();
    const stop = gauge('sweep.age', 'ingestion').watch((observe) => observe(1, { registry: 'gone.example' }));
    const ages = async () => (await read()).samples.filter(({ name }) => name === 'assay_sweep_age_seconds');
    expect(await ages()).toHaveLength(1);
    stop();
    expect(await ages()).toEqual([]);
    await close();
  });

  it('leave out a gauge that does not answer, and no other', async () => {
    const { read, close } = await serving({ gaugeMs: 20 });
    gauge('consumer.lag', 'toy').watch(() => new Promise(() => undefined));
    gauge('partitions.waiting', 'toy').watch((observe) => observe(2));
    counter('jobs.queued', 'toy').add(1);
    const { samples, families } = await read();
    expect(families.has('assay_consumer_lag')).toBe(false);
    expect(valueOf(samples, 'assay_partitions_waiting', { service: 'toy' })).toBe(2);
    expect(valueOf(samples, 'assay_jobs_queued_total', { service: 'toy' })).toBe(1);
    await close();
  });

  it('are only read, and only at their path', async () => {
    const { url, close } = await serving();
    const { status, headers } = await fetch(url, { method: 'HEAD' });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    expect((await fetch(new URL('/', url))).status).toBe(404);
    expect((await fetch(`${url}?x=1`)).status).toBe(200);
    await close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('refuse an address that is taken', async () => {
    const { url, close } = await serving();
    const { hostname, port } = new URL(url);
    await expect(
      startTelemetry({ version: '1', env: {}, metrics: { host: hostname, port: Number(port) } }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await close();
  });
});
