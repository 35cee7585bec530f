import { metrics, type Attributes } from '@opentelemetry/api';
import { catalogue, type Metric, type MetricName } from './catalogue.ts';

type Entries = typeof catalogue;

/** Names without the prefix `assay.`; in full for those of the semantic conventions. */
type Short<Name extends string> = Name extends `assay.${infer Rest}` ? Rest : Name;
type OfKind<Kind extends Metric['kind']> = {
  [Name in MetricName]: Entries[Name]['kind'] extends Kind ? Short<Name> : never;
}[MetricName];
type Full<Name extends string> = Extract<Name | `assay.${Name}`, MetricName>;

type Value<Values> = Values extends readonly (infer One)[] ? One : string;
type Labels<Given> = {
  readonly [Name in keyof Given as Name extends `${string}?` ? never : Name]: Value<Given[Name]>;
} & {
  readonly [Name in keyof Given as Name extends `${infer Bare}?` ? Bare : never]?: Value<Given[Name]> | undefined;
};

/** The labels of a metric, by its short name; without `service`. */
export type LabelsOf<Name extends string> = Labels<Entries[Full<Name>]['labels']>;

/** The labels may be left out if a metric has none that is required. */
type Given<Name extends string> = [keyof LabelsOf<Name>] extends [never]
  ? []
  : Record<never, never> extends LabelsOf<Name>
    ? [LabelsOf<Name>?]
    : [LabelsOf<Name>];

export type CounterName = OfKind<'counter'>;
export type HistogramName = OfKind<'histogram'>;
export type GaugeName = OfKind<'gauge'>;

/** Counts for one service. */
export interface Counter<Name extends CounterName> {
  add(count: number, ...labels: Given<Name>): void;
}

/** Measures for one service. */
export interface Histogram<Name extends HistogramName> {
  /** @param value in the unit of the metric, such as seconds */
  record(value: number, ...labels: Given<Name>): void;
}

/** Observes one value of a gauge, in its unit. */
export type Observe<Name extends GaugeName> = (value: number, ...labels: Given<Name>) => void;

/** A figure of one service that is read when metrics are collected. */
export interface Gauge<Name extends GaugeName> {
  /**
   * Reads the figure at every collection, and gives it to `observe`: once for each set of labels, or never if there is
   * none now. Returns a function that ends this.
   */
  watch(read: (observe: Observe<Name>) => void | Promise<void>): () => void;
}

/** The meter of all services; it does nothing until something exports. */
const meter = () => metrics.getMeter('assay');

const entryOf = (short: string): readonly [name: string, metric: Metric] => {
  const name = Object.hasOwn(catalogue, short) ? short : `assay.${short}`;
  return [name, catalogue[name as MetricName]];
};

const options = ({ description, unit, bounds }: Metric) => ({
  description,
  ...(unit === undefined ? {} : { unit }),
  ...(bounds === undefined ? {} : { advice: { explicitBucketBoundaries: [...bounds] } }),
});

const withService = (service: string, labels: object = {}): Attributes => ({ ...labels, service });

/** Every set of values of labels with closed lists. Nothing if a label is open. */
const closedSets = ({ labels }: Metric): readonly Attributes[] =>
  Object.entries(labels)
    .filter(([label]) => !label.endsWith('?'))
    .reduce<readonly Attributes[]>(
      (sets, [label, values]) =>
        typeof values === 'string' ? [] : sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
      [{}],
    );

/**
 * Makes a counter of the catalogue. If its labels have closed lists, each set of them starts at 0: Prometheus sees no
 * increase in a series that begins with 1.
 *
 * @param name without `assay.`
 * @param service value of the label `service`
 */
export const counter = <Name extends CounterName>(name: Name, service: string): Counter<Name> => {
  const [full, metric] = entryOf(name);
  const made = meter().createCounter(full, options(metric));
  if (metric.service === service || metric.service === 'all')
    for (const labels of closedSets(metric)) made.add(0, withService(service, labels));
  return { add: (count, ...[labels]) => made.add(count, withService(service, labels)) };
};

/** Makes a histogram of the catalogue, with the bounds that stand there. The parameters are those of `counter`. */
export const histogram = <Name extends HistogramName>(name: Name, service: string): Histogram<Name> => {
  const [full, metric] = entryOf(name);
  const made = meter().createHistogram(full, options(metric));
  return { record: (value, ...[labels]) => made.record(value, withService(service, labels)) };
};

/** Makes a gauge of the catalogue. The parameters are those of `counter`. */
export const gauge = <Name extends GaugeName>(name: Name, service: string): Gauge<Name> => {
  const [full, metric] = entryOf(name);
  const made = meter().createObservableGauge(full, options(metric));
  return {
    watch: (read) => {
      const callback: Parameters<typeof made.addCallback>[0] = (result) =>
        read((value, ...[labels]) => result.observe(value, withService(service, labels)));
      made.addCallback(callback);
      return () => made.removeCallback(callback);
    },
  };
};
