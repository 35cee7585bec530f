import { metrics, type Attributes } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

/** A value of a metric, with its labels except `service`. A histogram has its number of values. */
export interface MeasuredValue {
  readonly labels: Attributes;
  readonly value: number;
}

/** The metrics of instruments that are made from now on, in this thread. */
export interface CollectedMetrics {
  /**
   * Collects, and returns the values of one metric.
   * @param name in full
   */
  of(name: string): Promise<readonly MeasuredValue[]>;
  /** Ends it. Tests that follow have metrics of their own. */
  close(): Promise<void>;
}

/**
 * Collects metrics in memory, so that a test can read them.
 * @throws Error if metrics are collected already
 */
export const collectMetrics = (): CollectedMetrics => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  // As in production: a gauge without a value has none.
  exporter.selectAggregationTemporality = (type) =>
    type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  if (!metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] })))
    throw new Error('metrics are collected already');
  return {
    of: async (name) => {
      // Nothing is exported if there is no value at all.
      exporter.reset();
      await reader.forceFlush();
      const found = exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics)
        .find(({ descriptor }) => descriptor.name === name);
      return (found?.dataPoints ?? []).map(({ attributes: { service: _service, ...labels }, value }) => ({
        labels,
        value: typeof value === 'number' ? value : value.count,
      }));
    },
    close: async () => {
      metrics.disable();
      await reader.shutdown();
    },
  };
};
