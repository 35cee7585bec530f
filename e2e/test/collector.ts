import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { startCollector } from '../../tools/services/index.ts';
import { temporaryFolder } from './distributed.ts';

interface Value {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
}
interface Attribute {
  readonly key: string;
  readonly value: Value;
}
interface Resource {
  readonly attributes: readonly Attribute[];
}
interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes?: readonly Attribute[];
}
interface Point {
  readonly attributes?: readonly Attribute[];
  readonly asInt?: string;
  readonly asDouble?: number;
}
interface Metric {
  readonly name: string;
  readonly gauge?: { readonly dataPoints: readonly Point[] };
}
interface Traces {
  readonly resourceSpans?: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}
interface Metrics {
  readonly resourceMetrics?: readonly {
    readonly resource: Resource;
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[];
  }[];
}

export interface CollectedSpan extends RawSpan {
  readonly service: string;
}
interface CollectedGauge {
  readonly service: string;
  readonly name: string;
  readonly label: string | undefined;
  readonly value: number;
}

export const textIn = (attributes: readonly Attribute[] = [], wanted: string): string | undefined =>
  attributes.find(({ key }) => key === wanted)?.value.stringValue;

/** The data that an OpenTelemetry Collector received and exported. */
export interface Collected {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly gauges: readonly CollectedGauge[];
}

/** @param share percent of the traces without a failure that are kept */
export const collecting = async (share: number): Promise<Collected> => {
  const [spans, gauges]: [CollectedSpan[], CollectedGauge[]] = [[], []];
  const take = ({ resourceSpans = [], resourceMetrics = [] }: Traces & Metrics): void => {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = textIn(resource.attributes, 'service.name') ?? '';
      spans.push(...scopeSpans.flatMap(({ spans: its }) => its.map((span) => ({ ...span, service }))));
    }
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const service = textIn(resource.attributes, 'service.name') ?? '';
      gauges.push(
        ...scopeMetrics
          .flatMap(({ metrics }) => metrics)
          .flatMap(({ name, gauge }) =>
            (gauge?.dataPoints ?? []).map((point) => ({
              service,
              name,
              label: textIn(point.attributes, 'service'),
              value: Number(point.asInt ?? point.asDouble),
            })),
          ),
      );
    }
  };
  const server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      take(JSON.parse(Buffer.concat(parts).toString()) as Traces & Metrics);
      response.setHeader('content-type', 'application/json').end('{}');
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const collector = await startCollector({
    folder: await temporaryFolder(),
    to: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    share,
  });
  onTestFinished(() => collector.stop());
  return { url: collector.url, spans, gauges };
};
