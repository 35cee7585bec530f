import { getNumberFromEnv } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';

const defaultIntervalMs = 60_000;

/** Exports over OTLP; endpoint, headers and the like from the usual `OTEL_*` variables. */
export const startExport = async (
  service: string,
  version: string,
): Promise<{ spanProcessors: SpanProcessor[]; shutdown(): Promise<void> }> => {
  const spanProcessors = [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })];
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': process.env.OTEL_SERVICE_NAME ?? service,
      'service.namespace': 'assay',
      'service.version': version,
    }),
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(),
        exportIntervalMillis: getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL') ?? defaultIntervalMs,
      }),
    ],
    logRecordProcessors: [],
    spanProcessors,
    // What comes in gets its span from the code that takes it; what goes out is traced by undici's own channel.
    instrumentations: [new UndiciInstrumentation()],
  });
  sdk.start();
  return { spanProcessors, shutdown: () => withoutFail(sdk.shutdown()) };
};

const longestFarewellMs = 2000;

/** What could not be exported is lost; no work fails for it, and none waits for it long. */
const withoutFail = async (farewell: Promise<void>): Promise<void> => {
  const enough = new Promise<void>((resolve) => {
    setTimeout(resolve, longestFarewellMs).unref();
  });
  await Promise.race([farewell.catch(() => undefined), enough]);
};
