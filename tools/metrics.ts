import { catalogue, prometheusLabel, prometheusName, type LabelValues, type Metric } from '@assay/telemetry';

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const valuesOf = (values: LabelValues): string =>
  typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(', ');

const labelOf = ([name, values]: readonly [string, LabelValues]): string =>
  `\`${prometheusLabel(name)}\`${name.endsWith('?') ? ', if there is one' : ''} (${valuesOf(values)})`;

const overInstances = { add: 'add them up', same: 'take one', alone: 'each of its own' } as const;

const kindOf = ({ kind, instances }: Metric): string =>
  instances === undefined ? kind : `${kind}: ${overInstances[instances]}`;

const boundsOf = ({ bounds, unit = '' }: Metric): string =>
  bounds === undefined ? '' : `. Buckets up to ${bounds.join(', ')} ${unit}`;

const introduction = [
  'Metrics go out over OTLP, and `/metrics` has them as text for Prometheus',
  '([how](operations.md#telemetry-and-alerts)). Both have the same names in Prometheus. Every metric has the label',
  '`service`. Where six services share a process, the metrics of the process itself have `assay`.',
  'A histogram has series with `_bucket`, `_sum` and `_count` behind its name.',
  'No label holds a digest, a repository or a vulnerability.',
].join(' ');

const instances = [
  'Several instances of a service each report gauges: *add them up*, as each is about its own partitions; *take one*',
  '(`max`), as all that report one report the same; or each is of its own instance. What an instance does not know, it',
  'does not report.',
].join(' ');

const beginnings = [
  'A counter whose labels have closed lists begins at 0, and over OTLP a process exports that before it consumes.',
  'A Prometheus that scrapes a process sees it only from its first scrape on: `increase()` misses what the process',
  'counted before, up to one interval of the scrape after each restart.',
].join(' ');

/** docs/metrics.md, from the catalogue. */
export const metricsPage = (): string => `# Metrics

${introduction}

${instances}

${beginnings}

\`npm run docs\` writes this page from \`libs/telemetry/src/metrics/catalogue.ts\`: change that.

${[
  row('metric', 'in Prometheus', 'kind', 'unit', 'labels', 'meaning', 'measured by'),
  row('---', '---', '---', '---', '---', '---', '---'),
  ...Object.entries<Metric>(catalogue).map(([name, metric]) =>
    row(
      `\`${name}\``,
      `\`${prometheusName(name, metric)}\``,
      kindOf(metric),
      metric.unit === undefined ? '0 or 1' : `\`${metric.unit}\``,
      Object.entries<LabelValues>(metric.labels).map(labelOf).join('; '),
      `${metric.description}${boundsOf(metric)}`,
      metric.service,
    ),
  ),
].join('\n')}
`;
