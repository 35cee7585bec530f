import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, type RunningServer as Started } from '../../tools/services/index.ts';
import { RunningServer } from '../../tools/services/server.ts';
import { victoriaProgram, type VictoriaProgram } from '../../tools/victoria-metrics.ts';

const host = '127.0.0.1';

/** A series of an answer: its labels, and its samples as seconds since the epoch and value. */
export interface MetricSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [seconds: number, value: number])[];
}

interface Answer {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

const answered = async (url: string, path: string, query: Readonly<Record<string, string>>): Promise<unknown> => {
  const answer = await fetch(`${url}${path}?${new URLSearchParams(query).toString()}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} ${query['query'] ?? ''}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as unknown;
};

const healthy = async (port: number): Promise<boolean> =>
  (await fetch(`http://${host}:${port}/health`).catch(() => undefined))?.ok === true;

/** Starts a program of VictoriaMetrics, which serves HTTP on loopback. */
const started = async (
  name: VictoriaProgram,
  folder: string,
  args: readonly string[],
): Promise<{ readonly server: Started; readonly url: string }> => {
  await mkdir(folder, { recursive: true });
  const command = await victoriaProgram(name);
  const port = await freePort();
  const url = `http://${host}:${port}`;
  const server = await RunningServer.start({
    name,
    folder,
    port,
    url,
    command,
    args: [`-httpListenAddr=${host}:${port}`, '-loggerLevel=WARN', ...args],
    remedy: `rm ${command}`,
    answers: healthy,
  });
  return { server, url };
};

/** A real VictoriaMetrics that takes OTLP, on loopback. */
export class Victoria {
  private constructor(
    private readonly server: Started,
    readonly url: string,
  ) {}

  /** @param dashboards a folder with dashboards of vmui */
  static async start(folder: string, dashboards: string): Promise<Victoria> {
    const { server, url } = await started('victoria-metrics', folder, [
      `-storageDataPath=${join(folder, 'data')}`,
      '-retentionPeriod=2d',
      '-opentelemetry.usePrometheusNaming',
      `-vmui.customDashboardsPath=${dashboards}`,
      // A sample counts at once, and for five seconds: sixty times faster than the five minutes of Prometheus.
      '-search.latencyOffset=0s',
      '-search.maxStalenessInterval=5s',
      '-search.disableCache',
      '-inmemoryDataFlushInterval=1s',
    ]);
    return new Victoria(server, url);
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get otlp(): string {
    return `${this.url}/opentelemetry`;
  }

  /** @throws Error if the query is wrong */
  async query(promql: string, at: Date = new Date()): Promise<readonly MetricSeries[]> {
    const query = { query: promql, time: String(at.getTime() / 1000), step: '5s' };
    const { data } = (await answered(this.url, '/api/v1/query', query)) as Answer;
    return data.result.map(({ metric, value }) => ({
      labels: metric,
      samples: value === undefined ? [] : [[value[0], Number(value[1])]],
    }));
  }

  /** The value of a query that has one series; undefined if it has none. */
  async value(promql: string): Promise<number | undefined> {
    return (await this.query(promql))[0]?.samples[0]?.[1];
  }

  /** Waits until a condition gives a series. */
  async until(condition: string, timeoutMs = 240_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; (await this.query(condition)).length === 0; await pause(1_000))
      if (Date.now() > deadline) throw new Error(`it did not come to hold: ${condition}`);
  }

  /** @throws Error if the query is wrong */
  async range(promql: string, from: Date, to: Date, stepSeconds: number): Promise<readonly MetricSeries[]> {
    const query = {
      query: promql,
      start: String(from.getTime() / 1000),
      end: String(to.getTime() / 1000),
      step: `${stepSeconds}s`,
    };
    const { data } = (await answered(this.url, '/api/v1/query_range', query)) as Answer;
    return data.result.map(({ metric, values = [] }) => ({
      labels: metric,
      samples: values.map(([seconds, value]) => [seconds, Number(value)] as const),
    }));
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** An alert that fires. */
export interface Firing {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** vmalert evaluates rules once a second on a VictoriaMetrics. */
export class Alerting {
  private constructor(
    private readonly server: Started,
    private readonly url: string,
  ) {}

  /** @param rules path of a file of rules */
  static async start(folder: string, rules: string, victoria: Victoria): Promise<Alerting> {
    const { server, url } = await started('vmalert', folder, [
      `-rule=${rules}`,
      `-datasource.url=${victoria.url}`,
      '-datasource.queryStep=5s',
      '-evaluationInterval=1s',
      '-rule.evalDelay=0s',
      '-notifier.blackhole',
    ]);
    return new Alerting(server, url);
  }

  async firing(): Promise<readonly Firing[]> {
    const { data } = (await answered(this.url, '/api/v1/alerts', {})) as {
      data: { alerts: readonly (Firing & { readonly state: string })[] };
    };
    return data.alerts.filter(({ state }) => state === 'firing').map(({ name, labels }) => ({ name, labels }));
  }

  /** @throws Error if a rule could not be evaluated */
  async sound(): Promise<void> {
    const { data } = (await answered(this.url, '/api/v1/rules', {})) as {
      data: { groups: readonly { rules: readonly { name: string; health: string; lastError: string }[] }[] };
    };
    const broken = data.groups.flatMap(({ rules }) => rules).filter(({ health }) => health === 'err');
    if (broken.length > 0)
      throw new Error(`rules fail: ${broken.map(({ name, lastError }) => `${name}: ${lastError}`).join('; ')}`);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
