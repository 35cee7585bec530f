import { metrics, ProxyTracerProvider } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  TracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { measureProcess } from './metrics/process.ts';
import type { MetricsAddress } from './prometheus.ts';
import { ServiceTracer } from './tracer.ts';

export interface TelemetryOptions {
  readonly version: string;
  /** Service name of the metrics, if one service has the process to itself. */
  readonly service?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Serves the metrics there, as text for Prometheus. */
  readonly metrics?: MetricsAddress | undefined;
  /** Further processors, for tests that collect spans. */
  readonly spanProcessors?: readonly SpanProcessor[];
}

export interface Telemetry {
  /** Spans carry the resource of their service, also where six services share a process. */
  tracer(service: string): ServiceTracer;
  /** Address of the metrics as text for Prometheus, if they are served. */
  readonly metricsUrl?: string | undefined;
  /** Resolves once they were read so many times more, if they are served. */
  readonly scraped?: ((times: number) => Promise<void>) | undefined;
  /**
   * Exports the metrics now, if they are exported at all; waits two seconds at most, and ignores a failure. Called
   * between making counters and counting: Prometheus sees no increase in a series that begins with 1.
   */
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Starts tracing and metrics. Trace ids are always made, since every event carries one. They are exported over OTLP
 * when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. Metrics go there, too, and to `/metrics` of an address of their own.
 * `OTEL_SDK_DISABLED=true` turns all of it off.
 *
 * @throws the error of the system if that address cannot be listened on
 */
export const startTelemetry = async ({
  version,
  service,
  env,
  metrics: address,
  spanProcessors = [],
}: TelemetryOptions): Promise<Telemetry> => {
  if (env.OTEL_SDK_DISABLED === 'true') {
    const none = new ProxyTracerProvider();
    return {
      tracer: (service) => new ServiceTracer(none.getTracer(service)),
      flush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
  }
  // The exporter and its instrumentation cost a third of a second and 50 MB, so load them only on demand.
  const served = address && (await (await import('./prometheus.ts')).startMetricsServer(address));
  const name = service === undefined ? 'assay' : `assay-${service}`;
  const exporting = env.OTEL_EXPORTER_OTLP_ENDPOINT
    ? await (await import('./otlp.ts')).startExport(name, version, served ? [served.reader] : [])
    : undefined;
  if (served && !exporting) {
    const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
    const resource = resourceFromAttributes({
      'service.name': name,
      'service.namespace': 'assay',
      'service.version': version,
    });
    metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [served.reader] }));
  }
  const unmeasured = served || exporting ? measureProcess(service ?? 'assay') : () => undefined;
  const processors = [...spanProcessors, ...(exporting?.spanProcessors ?? [])];
  // Without an exporter spans are ids and nothing else.
  const sampler =
    processors.length === 0
      ? new AlwaysOffSampler()
      : new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1)) });
  const providers = new Map<string, TracerProvider>();
  return {
    tracer: (service) => {
      const provider =
        providers.get(service) ??
        new TracerProvider({
          resource: resourceFromAttributes({
            'service.name': `assay-${service}`,
            'service.namespace': 'assay',
            'service.version': version,
          }),
          sampler,
          spanProcessors: processors,
        });
      providers.set(service, provider);
      return new ServiceTracer(provider.getTracer(`assay-${service}`, version), processors.length > 0);
    },
    metricsUrl: served?.url,
    scraped: served?.scraped,
    flush: async () => exporting?.flush(),
    shutdown: async () => {
      await Promise.allSettled([...spanProcessors.map((processor) => processor.shutdown()), exporting?.shutdown()]);
      unmeasured();
      await served?.close();
    },
  };
};
