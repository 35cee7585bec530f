import type { Metric } from './catalogue.ts';

/** Suffixes of the units that Assay uses, as Prometheus names them. An annotation in braces has none. */
const suffixes: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

const suffixOf = ({ kind, unit = '' }: Pick<Metric, 'kind' | 'unit'>): string | undefined =>
  unit === '1' && kind === 'gauge' ? 'ratio' : suffixes[unit];

/**
 * The name of a metric in Prometheus, by the rules of OpenTelemetry's specification ("Prometheus and OpenMetrics
 * compatibility"). The collector and VictoriaMetrics (`-opentelemetry.usePrometheusNaming`) use the same. A histogram
 * has series with `_bucket`, `_sum` and `_count` behind it.
 */
export const prometheusName = (name: string, metric: Pick<Metric, 'kind' | 'unit'>): string => {
  const unit = suffixOf(metric);
  const words = name.replaceAll(/[^a-zA-Z0-9]+/g, '_');
  return [words, unit !== undefined && `_${unit}`, metric.kind === 'counter' && '_total']
    .filter((part) => typeof part === 'string')
    .join('');
};

/** The name of a label in Prometheus. A mark that it may be absent is left out. */
export const prometheusLabel = (label: string): string => label.replace(/\?$/, '').replaceAll(/[^a-zA-Z0-9_]/g, '_');
