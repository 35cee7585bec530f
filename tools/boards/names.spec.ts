import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogue, prometheusLabel, prometheusName, type Metric, type MetricName } from '@assay/telemetry';
import { notOnBoards } from './exceptions.ts';
import { boards } from './files.ts';
import { openValuesOf } from './open-values.ts';
import { namesIn, type Selector } from './promql.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Grafana {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr?: string }[] }[];
}
interface Vmui {
  readonly rows: readonly {
    readonly panels: readonly { readonly title: string; readonly expr: readonly string[] }[];
  }[];
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}
interface RuleTests {
  readonly tests: readonly { readonly input_series: readonly { readonly series: string }[] }[];
}

type Placed = readonly [place: string, promql: string];

const onBoards: readonly Placed[] = boards.flatMap(({ name }) =>
  (JSON.parse(read(`ops/grafana/${name}.json`)) as Grafana).panels.flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr }) => (expr === undefined ? [] : [[`${name}: ${title}`, expr] as const])),
  ),
);
const onVmui: readonly Placed[] = (JSON.parse(read('ops/vmui/assay.json')) as Vmui).rows.flatMap(({ panels }) =>
  panels.flatMap(({ title, expr }) => expr.map((each) => [`vmui: ${title}`, each] as const)),
);
const inRules: readonly Placed[] = (parse(read('ops/prometheus/rules.yml')) as Rules).groups.flatMap(({ rules }) =>
  rules.map(({ alert, expr }) => [alert, expr] as const),
);
const inTests: readonly Placed[] = (parse(read('ops/prometheus/rules.test.yml')) as RuleTests).tests.flatMap(
  ({ input_series }) => input_series.map(({ series }) => ['rules.test.yml', series] as const),
);
const all: readonly Placed[] = [...onBoards, ...onVmui, ...inRules, ...inTests];

const metrics = Object.entries(catalogue) as [MetricName, Metric][];

/** Metrics by the names that Prometheus has for their series. */
const bySeries = new Map(
  metrics.flatMap(([name, metric]) => {
    const base = prometheusName(name, metric);
    return (metric.kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map(
      (suffix) => [`${base}${suffix}`, name] as const,
    );
  }),
);

/** The labels of a series with their values. */
const labelsOf = (series: string): Map<string, readonly string[] | 'any'> => {
  const name = bySeries.get(series);
  if (name === undefined) return new Map();
  const own = Object.entries(catalogue[name].labels).map(
    ([label, values]) =>
      [
        prometheusLabel(label),
        typeof values === 'string'
          ? openValuesOf(name, prometheusLabel(label))
          : (values as readonly unknown[]).map(String),
      ] as const,
  );
  // Prometheus adds `instance`.
  const added = ['service', 'le', 'instance'].map((label) => [label, openValuesOf(name, label)] as const);
  return new Map([...own, ...added]);
};

/** The faults of a selector, a line each. */
const faultsOf = ({ name, matchers }: Selector): string[] => {
  if (!bySeries.has(name)) return [`${name} is no metric`];
  const labels = labelsOf(name);
  const isKnown = (known: readonly string[], operator: string, value: string): boolean =>
    known.some((each) => each === value || (operator.endsWith('~') && new RegExp(`^(?:${value})$`).test(each)));
  return matchers.flatMap(({ label, operator, value }) => {
    const known = labels.get(label);
    if (known === undefined) return [`${name} has no label ${label}`];
    const values = operator.endsWith('~') ? value.split('|') : [value];
    return known === 'any'
      ? []
      : values.filter((each) => !isKnown(known, operator, each)).map((each) => `${label} of ${name} is never ${each}`);
  });
};

const faultsIn = (promql: string): string[] => {
  const { selectors, grouping } = namesIn(promql);
  const labels = new Set(selectors.flatMap(({ name }) => [...labelsOf(name).keys()]));
  return [
    ...selectors.flatMap(faultsOf),
    ...grouping.filter((label) => !labels.has(label)).map((label) => `no metric has the label ${label}`),
  ];
};

describe('the written expressions', () => {
  it('name metrics, labels and values of the catalogue', () => {
    expect(all.flatMap(([place, promql]) => faultsIn(promql).map((fault) => `${place}: ${fault}`))).toEqual([]);
    expect(inRules.length).toBeGreaterThan(30);
    expect(onBoards.length).toBeGreaterThan(80);
  });

  it('are the same on the pages of Grafana and VictoriaMetrics', () => {
    expect(onVmui.map(([, promql]) => promql)).toEqual(onBoards.map(([, promql]) => promql));
  });

  it.each([
    ['sum(assay_pushed_total)', 'assay_pushed_total is no metric'],
    ['assay_scan_duration_seconds', 'assay_scan_duration_seconds is no metric'],
    ['assay_pushes_total{topic="x"}', 'assay_pushes_total has no label topic'],
    ['assay_pushes_total{lane=~"push|fast"}', 'lane of assay_pushes_total is never fast'],
    ['assay_scans_total{reason="no-memory"}', 'reason of assay_scans_total is never no-memory'],
    ['assay_sweep_failures_total{code="forbidden"}', 'code of assay_sweep_failures_total is never forbidden'],
    ['assay_jobs_age_seconds{lane=~"push|look/.*"}', 'lane of assay_jobs_age_seconds is never look/.*'],
    ['assay_notifications_total{outcome="pull"}', 'outcome of assay_notifications_total is never pull'],
    ['assay_declined_total{reason="windows"}', 'reason of assay_declined_total is never windows'],
    ['assay_pushes_total{service="scanner"}', 'service of assay_pushes_total is never scanner'],
    ['sum by (digest) (assay_pushes_total)', 'no metric has the label digest'],
  ])('of %s: %s', (promql, fault) => {
    expect(faultsIn(promql)).toContain(fault);
  });

  it('are refused if they are no PromQL', () => {
    expect(() => namesIn('sum(')).toThrow('no PromQL');
  });
});

/** Names of all metrics that some expressions use. */
const used = (places: readonly Placed[]): Set<string> =>
  new Set(places.flatMap(([, promql]) => namesIn(promql).selectors.map(({ name }) => bySeries.get(name) ?? name)));

/** Gauges that are added up although all instances report the same, or not although each has its own part. */
const misread = (promql: string): string[] =>
  namesIn(promql).aggregations.flatMap(([series, operator]) => {
    const name = bySeries.get(series)!;
    const { instances } = catalogue[name] as Metric;
    if (instances === 'same' && operator !== 'max' && operator !== 'min') return [`${name} is the same everywhere`];
    return instances === 'add' && operator !== 'sum' ? [`${name} is to be added up`] : [];
  });

describe('gauges of several instances', () => {
  it('are added up if each is about its own partitions, and else are not', () => {
    const faults = [...onBoards, ...inRules].flatMap(([place, promql]) =>
      misread(promql).map((fault) => `${place}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    ['sum(assay_pushes_overdue)', 'assay.pushes.overdue is the same everywhere'],
    ['max(assay_consumer_lag)', 'assay.consumer.lag is to be added up'],
  ])('are found: %s', (promql, fault) => {
    expect(misread(promql)).toEqual([fault]);
  });
});

describe('every metric', () => {
  it('is on a board, or on the list of exceptions with its reason', () => {
    const shown = used(onBoards);
    expect(metrics.map(([name]) => name).filter((name) => !shown.has(name) && !notOnBoards[name])).toEqual([]);
    expect(Object.keys(notOnBoards).filter((name) => shown.has(name))).toEqual([]);
  });
});
