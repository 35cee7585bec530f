import { getNumberFromEnv } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader, type MetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { forgettingGauges } from './forgetting-gauges.ts';

const defaultIntervalMs = 30_000;

/**
 * Exports over OTLP; endpoint, headers and the rest come from the usual `OTEL_*` variables.
 * @param readers further readers of the metrics
 */
export const startExport = async (
  service: string,
  version: string,
  readers: readonly MetricReader[] = [],
): Promise<{ spanProcessors: SpanProcessor[]; flush(): Promise<void>; shutdown(): Promise<void> }> => {
  const spanProcessors = [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })];
  const reader = new PeriodicExportingMetricReader({
    exporter: forgettingGauges(new OTLPMetricExporter()),
    exportIntervalMillis: getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL') ?? defaultIntervalMs,
  });
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': process.env.OTEL_SERVICE_NAME ?? service,
      'service.namespace': 'assay',
      'service.version': version,
    }),
    metricReaders: [...readers, reader],
    logRecordProcessors: [],
    spanProcessors,
    // Incoming requests get their span from the code that handles them; undici's own channel traces outgoing ones.
    instrumentations: [new UndiciInstrumentation()],
  });
  sdk.start();
  return {
    spanProcessors,
    flush: () => bestEffort(reader.forceFlush()),
    shutdown: () => bestEffort(sdk.shutdown()),
  };
};

const timeoutMs = 2000;

/** Drops what could not be exported: no work fails because of it or waits long for it. */
const bestEffort = async (exported: Promise<void>): Promise<void> => {
  const timeout = new Promise<void>((resolve) => {
    setTimeout(resolve, timeoutMs).unref();
  });
  await Promise.race([exported.catch(() => undefined), timeout]);
};
