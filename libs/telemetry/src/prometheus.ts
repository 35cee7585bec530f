import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { MetricData, MetricReader, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { Collections } from './collections.ts';
import { forgettingGauges } from './forgetting-gauges.ts';
import { catalogue, type Metric } from './metrics/catalogue.ts';
import { prometheusName } from './metrics/prometheus-name.ts';

/** Every collection leaves its values for the other readers. If no Prometheus takes them, they are dropped. */
const dropEveryMs = 60_000;

/** A gauge that needs longer is left out of a collection, ms. Prometheus gives up the whole of it after 10 s. */
const gaugeMs = 3_000;

const contentType = 'text/plain; version=0.0.4; charset=utf-8';
const methods = ['GET', 'HEAD'];

/** The address at which Prometheus reads the metrics. */
export interface MetricsAddress {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  /** Limit of reading one gauge, ms; 3 s without it. */
  readonly gaugeMs?: number | undefined;
}

export interface MetricsServer {
  readonly reader: MetricReader;
  /** Address of `/metrics`. */
  readonly url: string;
  /** Resolves once the metrics were read so many times more. */
  scraped(times: number): Promise<void>;
  close(): Promise<void>;
}

/** The exporter of OpenTelemetry for JavaScript adds no units to names, as the collector and the specification do. */
const named = (metric: MetricData): MetricData => {
  const { descriptor } = metric;
  const entry: Metric | undefined = Object.hasOwn(catalogue, descriptor.name)
    ? catalogue[descriptor.name as keyof typeof catalogue]
    : undefined;
  return entry
    ? { ...metric, descriptor: { ...descriptor, unit: '', name: prometheusName(descriptor.name, entry) } }
    : metric;
};

const withNames = (all: ResourceMetrics): ResourceMetrics => ({
  ...all,
  scopeMetrics: all.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map(named) })),
});

const plain = (response: ServerResponse, status: number, text: string, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text);
};

/**
 * Serves `/metrics` as text for Prometheus, on a port of its own. It asks for no token: scrapers have none, and figures
 * of tenants stay off the port of the API. A gauge that needs too long, since its server is away, keeps back no other.
 *
 * @throws the error of the system if it cannot listen
 */
export const startMetricsServer = async ({
  host,
  port,
  gaugeMs: longestMs = gaugeMs,
}: MetricsAddress): Promise<MetricsServer> => {
  const reader = forgettingGauges(new PrometheusExporter({ preventServerStart: true }));
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const collections = new Collections(reader, longestMs);
  const text = async (): Promise<string> => serializer.serialize(withNames((await collections.read()).resourceMetrics));
  const awaited = new Set<() => void>();
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '/').split('?');
    if (path !== '/metrics') return plain(response, 404, 'Metrics are at /metrics.\n');
    if (!methods.includes(request.method ?? ''))
      return plain(response, 405, 'Metrics are only read.\n', { allow: methods.join(', ') });
    void text().then(
      (metrics) => {
        response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(metrics);
        for (const count of awaited) count();
      },
      () => plain(response, 500, 'The metrics could not be collected.\n'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const dropping = setInterval(() => void collections.dropUnread(), dropEveryMs).unref();
  const { port: taken } = server.address() as AddressInfo;
  return {
    reader,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/metrics`,
    scraped: (times) =>
      new Promise((resolve) => {
        let left = times;
        const count = (): void => {
          left -= 1;
          if (left > 0) return;
          awaited.delete(count);
          resolve();
        };
        awaited.add(count);
      }),
    close: async () => {
      clearInterval(dropping);
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};
