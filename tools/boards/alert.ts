import { seriesOf, type Expression, type Window } from './expression.ts';

/** The values of a series, one a minute, for so many minutes; in the notation of promtool. */
export type Values = (minutes: number) => string;

export const steady =
  (value: number): Values =>
  (minutes) =>
    `${value}+0x${minutes}`;

export const rising =
  (eachMinute: number, from = 0): Values =>
  (minutes) =>
    `${from}+${eachMinute}x${minutes}`;

/**
 * One course after another: each lasts for its minutes. (A module that exports `then` would be a promise to `import`.)
 */
export const inTurn =
  (...courses: readonly (readonly [minutes: number, values: Values])[]): Values =>
  () =>
    courses.map(([minutes, values]) => values(minutes - 1)).join(' ');

/** No samples. */
export const absent: Values = (minutes) => `_x${minutes}`;

/** No samples for so many minutes, then one value. */
export const appears =
  (after: number, value: number): Values =>
  (minutes) =>
    `_x${after} ${value}+0x${minutes - after}`;

/** A process that is there in all of a test. */
export const watched = [seriesOf('nodejs.eventloop.utilization', { service: 'eligibility' }), steady(0.01)] as const;

/** An alert as it is expected: its labels besides those of the rule, and its value as its texts show it. */
export interface FiredAlert {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: string;
}

/** A test of one alert: after so many minutes of these series it fires so often. */
export interface AlertTest {
  readonly title: string;
  readonly minutes: number;
  readonly series: readonly (readonly [series: string, values: Values])[];
}

/** A rule that reports a fault. Its runbook is the heading of its name in docs/runbooks.md. */
export interface Alert {
  readonly name: `Assay${string}`;
  /** `page`: act now. `ticket`: act within days. */
  readonly severity: 'page' | 'ticket';
  readonly when: Expression<never> | Expression;
  /** The condition holds for so long before the alert fires. */
  readonly holds?: Window;
  /** Texts of Prometheus: `{{ $labels.x }}`, `{{ $value | humanizeDuration }}`. */
  readonly summary: string;
  readonly description: string;
  /** Its fault, and the alerts that it gives. */
  readonly fires: readonly (AlertTest & { readonly alerts: readonly FiredAlert[] })[];
  /** The same just below its limits. */
  readonly quiet: readonly AlertTest[];
}

/** The alerts of one group of rules. */
export interface AlertGroup {
  readonly name: string;
  readonly alerts: readonly Alert[];
}
