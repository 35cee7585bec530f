import { catalogue, prometheusName, type MetricName } from '@assay/telemetry';

type Entries = typeof catalogue;
type OfKind<Kind extends string> = {
  [Name in MetricName]: Entries[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

/** Names of the metrics of each kind, in full. */
type CounterMetric = OfKind<'counter'>;
type GaugeMetric = OfKind<'gauge'>;
type HistogramMetric = OfKind<'histogram'>;

type Bare<Label> = Label extends `${infer Name}?` ? Name : Label;
type Underscored<Label extends string> = Label extends `${infer Before}.${infer After}`
  ? `${Before}_${Underscored<After>}`
  : Label;
type Text<Values> = Values extends readonly (infer One)[] ? `${One & (string | boolean)}` : string;

/** The labels of a metric as Prometheus has them. Every metric has `service`. */
export type LabelOf<Name extends MetricName> = Underscored<Bare<keyof Entries[Name]['labels']> & string> | 'service';

type ValuesByLabel<Labels> = {
  readonly [Label in keyof Labels as Underscored<Bare<Label> & string>]: Text<Labels[Label]>;
};

/** The value of each label of a metric: one of the catalogue's list, or any text for an open one. */
type LabelValuesOf<Name extends MetricName> = ValuesByLabel<Entries[Name]['labels']> & {
  readonly service: string;
};

/** A condition on a label other than equality. Made by `oneOf` and `noneOf`. */
interface Condition<Value extends string> {
  readonly operator: '=~' | '!~' | '!=';
  readonly values: readonly Value[];
}

export const oneOf = <Value extends string>(...values: readonly Value[]): Condition<Value> => ({
  operator: '=~',
  values,
});
export const noneOf = <Value extends string>(...values: readonly Value[]): Condition<Value> => ({
  operator: values.length === 1 ? '!=' : '!~',
  values,
});

/** Conditions on labels: a value, or a condition. */
type Matchers<Name extends MetricName> = {
  readonly [Label in keyof LabelValuesOf<Name>]?:
    | LabelValuesOf<Name>[Label]
    | Condition<LabelValuesOf<Name>[Label] & string>;
};

/** A time range of PromQL: a number and a unit. */
export type Window = `${number}${'s' | 'm' | 'h' | 'd'}`;

const matcher = ([label, wanted]: [string, unknown]): string => {
  if (typeof wanted === 'string') return `${label}="${wanted}"`;
  const { operator, values } = wanted as Condition<string>;
  return `${label}${operator}"${values.join('|')}"`;
};

const selector = (name: MetricName, suffix: string, where: object): string => {
  const matchers = Object.entries(where).map(matcher);
  return `${prometheusName(name, catalogue[name])}${suffix}${matchers.length > 0 ? `{${matchers.join(',')}}` : ''}`;
};

/** How tight an expression binds: names and calls most, `or` least. */
type Strength = 'call' | 'product' | 'comparison' | 'set';
const strengths: readonly Strength[] = ['set', 'comparison', 'product', 'call'];

/** A PromQL expression, and the labels that its series have. */
export class Expression<Label extends string = string> {
  /** Only the compiler reads it: an expression with fewer labels is none with more. */
  declare readonly labels: (label: Label) => void;

  readonly promql: string;
  readonly strength: Strength;

  constructor(promql: string, strength: Strength = 'call') {
    this.promql = promql;
    this.strength = strength;
  }

  #at(least: Strength): string {
    return strengths.indexOf(this.strength) >= strengths.indexOf(least) ? this.promql : `(${this.promql})`;
  }

  #aggregate<By extends Label>(operator: string, by: readonly By[]): Expression<By> {
    const labels = by.length > 0 ? ` by (${by.join(', ')}) ` : '';
    return new Expression(`${operator}${labels}(${this.promql})`);
  }

  /** One series for each set of values of these labels; without any, one series. */
  sum<By extends Label = never>(...by: readonly By[]): Expression<By> {
    return this.#aggregate('sum', by);
  }

  max<By extends Label = never>(...by: readonly By[]): Expression<By> {
    return this.#aggregate('max', by);
  }

  min<By extends Label = never>(...by: readonly By[]): Expression<By> {
    return this.#aggregate('min', by);
  }

  /** The number of series. */
  count<By extends Label = never>(...by: readonly By[]): Expression<By> {
    return this.#aggregate('count', by);
  }

  /** The series of the first with the value divided by that of the other, which has the same labels. */
  over(other: Expression<Label>): Expression<Label> {
    return new Expression(`${this.#at('product')} / ${other.#at('call')}`, 'product');
  }

  /** Divided by the one value of the other. */
  shareOf(other: Expression<never>): Expression<Label> {
    return new Expression(`${this.#at('product')} / on () group_left () ${other.#at('call')}`, 'product');
  }

  times(factor: number): Expression<Label> {
    return new Expression(`${this.#at('product')} * ${factor}`, 'product');
  }

  /** 1 without it. */
  fromOne(): Expression<Label> {
    return new Expression(`1 - ${this.#at('product')}`, 'product');
  }

  above(limit: number): Expression<Label> {
    return new Expression(`${this.#at('product')} > ${limit}`, 'comparison');
  }

  atLeast(limit: number): Expression<Label> {
    return new Expression(`${this.#at('product')} >= ${limit}`, 'comparison');
  }

  atMost(limit: number): Expression<Label> {
    return new Expression(`${this.#at('product')} <= ${limit}`, 'comparison');
  }

  is(value: number): Expression<Label> {
    return new Expression(`${this.#at('product')} == ${value}`, 'comparison');
  }

  /** The series of this one for which the other has one, too. */
  and(other: Expression<Label>): Expression<Label> {
    return new Expression(`${this.#at('comparison')} and ${other.#at('comparison')}`, 'set');
  }

  /** The series of this one, if the other has any. */
  while(other: Expression<never>): Expression<Label> {
    return new Expression(`${this.#at('comparison')} and on () ${other.#at('comparison')}`, 'set');
  }

  or(other: Expression<Label>): Expression<Label> {
    return new Expression(`${this.#at('set')} or ${other.#at('set')}`, 'set');
  }

  /** The value, or 0 if there is no series. */
  orZero(this: Expression<never>): Expression<never> {
    return new Expression(`${this.#at('comparison')} or vector(0)`, 'set');
  }

  absolute(): Expression<Label> {
    return new Expression(`abs(${this.promql})`);
  }

  /** Without what the other counts. */
  minus(other: Expression<Label>): Expression<Label> {
    return new Expression(`${this.#at('product')} - ${other.#at('call')}`, 'product');
  }

  /** The largest value of a window. */
  mostOf(window: Window): Expression<Label> {
    return new Expression(`max_over_time(${this.#at('call')}[${window}])`);
  }

  /** The least value of a window, looked at once a minute. */
  leastOf(window: Window): Expression<Label> {
    return new Expression(`min_over_time(${this.#at('call')}[${window}:1m])`);
  }
}

/** The values of a gauge, by instance. */
export const gauge = <Name extends GaugeMetric>(name: Name, where: Matchers<Name> = {}): Expression<LabelOf<Name>> =>
  new Expression(selector(name, '', where));

/** 1, with the labels that are compared by equality, if the gauge had no value in the window. */
export const absentGauge = <Name extends GaugeMetric>(
  name: Name,
  window: Window,
  where: Matchers<Name> = {},
): Expression<LabelOf<Name>> => new Expression(`absent_over_time(${selector(name, '', where)}[${window}])`);

/** The values of a gauge a time ago. */
export const gaugeBefore = <Name extends GaugeMetric>(
  name: Name,
  ago: Window,
  where: Matchers<Name> = {},
): Expression<LabelOf<Name>> => new Expression(`${selector(name, '', where)} offset ${ago}`);

/** A counter. Its values mean something only over a window. */
class Count<Label extends string> {
  private readonly series: string;

  constructor(series: string) {
    this.series = series;
  }

  /** A second. */
  rate(window: Window): Expression<Label> {
    return new Expression(`rate(${this.series}[${window}])`);
  }

  increase(window: Window): Expression<Label> {
    return new Expression(`increase(${this.series}[${window}])`);
  }

  /**
   * The series that grew in a window. A series that is new and not 0 grew, too: `increase` does not know that it was 0
   * before. It is new if it had no sample in the hour before the window, though some process was seen at its start.
   * Otherwise the gap is one of monitoring.
   */
  grew(window: Window): Expression<Label> {
    const before = `last_over_time(${this.series}[1h] offset ${window})`;
    const isNew = new Expression<Label>(`(${this.series} unless ${before})`);
    const wasWatched = gaugeBefore('nodejs.eventloop.utilization', window).max();
    return this.increase(window).above(0).or(isNew.above(0).while(wasWatched));
  }
}

export const counter = <Name extends CounterMetric>(name: Name, where: Matchers<Name> = {}): Count<LabelOf<Name>> =>
  new Count(selector(name, '', where));

/** How often a histogram was recorded. */
export const countOf = <Name extends HistogramMetric>(name: Name, where: Matchers<Name> = {}): Count<LabelOf<Name>> =>
  new Count(selector(name, '_count', where));

/** A quantile of a histogram over a window, by labels. */
export const quantile = <Name extends HistogramMetric, By extends LabelOf<Name> = never>(
  share: number,
  name: Name,
  window: Window,
  where: Matchers<Name> = {},
  by: readonly By[] = [],
): Expression<By> =>
  new Expression(
    `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) ` +
      `(rate(${selector(name, '_bucket', where)}[${window}])))`,
  );

/** A series as Prometheus stores it, for the tests of rules. Every label has its value. */
export const seriesOf = <Name extends CounterMetric | GaugeMetric>(
  name: Name,
  labels: Partial<LabelValuesOf<Name>> & { readonly service: string },
): string => selector(name, '', labels);
