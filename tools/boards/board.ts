import type { Expression } from './expression.ts';

/** One line of a panel, or several: one for each set of labels. */
export interface PanelQuery {
  readonly expression: Expression<never> | Expression;
  /** Name of a line; `{{label}}` is the value of a label. */
  readonly legend: string;
}

/** Units of Grafana that the boards use. */
export type Unit = 's' | 'bytes' | 'percentunit' | 'short' | 'ops';

/** From a value on, a panel has this colour. The first has no value. */
type Threshold = readonly [from: number | null, colour: 'green' | 'orange' | 'red'];

/** One picture, or one number. */
export interface Panel {
  readonly title: string;
  /** The question that it answers, and the value that is good. */
  readonly description: string;
  /** `number`: the last value, large. `lines`: values over time. `stack`: values over time that add up. */
  readonly shows: 'number' | 'lines' | 'stack';
  readonly unit: Unit;
  readonly queries: readonly PanelQuery[];
  readonly thresholds?: readonly Threshold[];
}

/** A search for traces, with the fields of Grafana's data source of Jaeger. All conditions are about one span. */
export interface TraceSearch {
  /** `service.name` of the span. */
  readonly service: string;
  /** Name of the span. */
  readonly operation: string;
  /** As in Go (`1m30s`), or a variable of the board. */
  readonly minDuration?: string;
  /** As logfmt: `error=true`. */
  readonly tags?: string;
}

/** A list of traces, newest first. */
export interface TracePanel extends Pick<Panel, 'title' | 'description'> {
  readonly search: TraceSearch;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** One page for operators. */
export interface Board {
  /** Name of its file, and its address in Grafana behind `assay-`. */
  readonly name: 'promise' | 'pipeline' | 'sandbox' | 'estate' | 'billing';
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  /** A last row with lists of traces, which VictoriaMetrics does not have. */
  readonly traces?: readonly TracePanel[];
}

/** Green as long as the value is 0. */
export const zeroIsGood: readonly Threshold[] = [
  [null, 'green'],
  [1, 'red'],
];

/** Green, then orange, then red. */
export const upTo = (orange: number, red: number): readonly Threshold[] => [
  [null, 'green'],
  [orange, 'orange'],
  [red, 'red'],
];

export const number = (
  title: string,
  unit: Unit,
  expression: PanelQuery['expression'],
  description: string,
  thresholds: readonly Threshold[] = [[null, 'green']],
  legend = title,
): Panel => ({ title, description, shows: 'number', unit, queries: [{ expression, legend }], thresholds });

export const lines = (title: string, unit: Unit, queries: readonly PanelQuery[], description: string): Panel => ({
  title,
  description,
  shows: 'lines',
  unit,
  queries,
});

export const stack = (title: string, unit: Unit, queries: readonly PanelQuery[], description: string): Panel => ({
  ...lines(title, unit, queries, description),
  shows: 'stack',
});

export const query = (legend: string, expression: PanelQuery['expression']): PanelQuery => ({ expression, legend });
