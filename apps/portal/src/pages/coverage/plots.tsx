import type { ReactElement, ReactNode } from 'react';
import type { components } from '../../api/generated/schema.ts';
import { ChargesPlot } from '../../components/charges-plot.tsx';
import { Plot, type Series } from '../../components/plot.tsx';
import { numberText, wordFor } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { texts } from '../../texts.ts';
import { outcomes } from './outcomes.ts';

const words = texts.coverage.plots;

type Schemas = components['schemas'];

/** `25 Nov` of `2026-11-25`. */
const briefDay = (day: string): string =>
  new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Date.parse(day));

/** Seconds as they are read: `40 s`, `15 min`, `6 h`. */
export const secondsText = (seconds: number): string => {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) {
    const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
    return rest === 0 ? `${minutes} min` : `${minutes}:${String(rest).padStart(2, '0')} min`;
  }
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
};

/** The promise: a result within 15 minutes of the push, in seconds. */
const promiseSeconds = 900;

const severitySeries: readonly Series[] = (['critical', 'high', 'medium', 'low', 'unknown'] as const).map((key) => ({
  key,
  name: texts.severities[`${key.slice(0, 1).toUpperCase()}${key.slice(1)}` as 'Critical'].toLowerCase(),
  tone: key,
}));

const dayMs = 86_400_000;

/** The same days, with those between them on which nothing happened. */
export const withEveryDay = <Row extends { readonly day: string }>(
  rows: readonly Row[],
): readonly (Partial<Row> & { readonly day: string })[] => {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const sorted = [...byDay.keys()].toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const count = Math.round((Date.parse(last) - Date.parse(first)) / dayMs) + 1;
  return Array.from({ length: count }, (_, index): Partial<Row> & { readonly day: string } => {
    const day = new Date(Date.parse(first) + index * dayMs).toISOString().slice(0, 10);
    return byDay.get(day) ?? ({ day } as Partial<Row> & { readonly day: string });
  });
};

/** Time from push to result by day. */
export const ResultsPlot = ({
  of,
  title = words.results,
  note,
}: {
  readonly of: readonly Schemas['TrendResults'][];
  readonly title?: string;
  readonly note?: ReactNode;
}): ReactElement => (
  <Plot
    title={title}
    note={note}
    kind="lines"
    unit="seconds"
    series={[
      { key: 'p50', name: words.half, tone: 'low' },
      { key: 'p95', name: words.most, tone: 'accent' },
      { key: 'slowest', name: words.slowest, tone: 'plain' },
    ]}
    points={withEveryDay(of).map(({ day, p50Seconds, p95Seconds, slowestSeconds }) => ({
      label: day,
      values: [p50Seconds, p95Seconds, slowestSeconds],
    }))}
    format={secondsText}
    pointTitle={texts.plots.day}
    brief={briefDay}
    limit={{ value: promiseSeconds, name: words.promised }}
  />
);

/** Unhealthy images by their worst severity, by day. */
export const UnhealthyPlot = ({ of }: { readonly of: readonly Schemas['TrendDay'][] }): ReactElement => (
  <Plot
    title={words.unhealthy}
    kind="columns"
    series={severitySeries}
    points={of.map(({ day, unhealthyBySeverity }) => ({
      label: day,
      values: severitySeries.map(({ key }) => unhealthyBySeverity[key as 'critical']),
    }))}
    format={numberText}
    pointTitle={texts.plots.day}
    brief={briefDay}
  />
);

/** The charges of each day as numbers, for each currency that any day has; none if the caller may read no charges. */
export const chargesIn = (
  days: readonly Pick<Schemas['TrendDay'], 'day' | 'charges'>[],
): readonly {
  readonly currency: string;
  readonly of: readonly { readonly day: string; readonly amount: number }[];
}[] =>
  [...new Set(days.flatMap(({ charges = [] }) => charges.map(({ currency }) => currency)))]
    .toSorted()
    .map((currency) => ({
      currency,
      of: days.map(({ day, charges = [] }) => ({
        day,
        amount: Number(charges.find((one) => one.currency === currency)?.amount ?? 0),
      })),
    }));

/** The charges of each day, a plot for each currency. */
export const ChargesPlots = ({ of }: { readonly of: readonly Schemas['TrendDay'][] }): ReactElement => (
  <>
    {chargesIn(of).map(({ currency, of: sums }) => (
      <ChargesPlot key={currency} currency={currency} of={sums} brief={briefDay} />
    ))}
  </>
);

/** Open findings by age and severity. */
export const AgesPlot = ({ of }: { readonly of: readonly Schemas['TrendAges'][] }): ReactElement => (
  <Plot
    title={words.ages}
    sums={words.everyAge}
    kind="columns"
    series={severitySeries}
    points={of.map((ages) => ({
      label: harmless(wordFor(words.buckets, ages.bucket)),
      values: severitySeries.map(({ key }) => ages[key as 'critical']),
    }))}
    format={numberText}
    pointTitle={words.age}
  />
);

/** The pushes of each day by their outcome. */
export const CoveragePlot = ({
  of,
}: {
  readonly of: readonly { readonly day: string; readonly counts: readonly number[] }[];
}): ReactElement => (
  <Plot
    title={words.coverage}
    kind="columns"
    series={outcomes.map((outcome) => ({
      key: outcome,
      name: texts.coverage.outcomes[outcome],
      tone: (
        {
          assessed: 'accent',
          notApplicable: 'plain',
          undetermined: 'undetermined',
          onItsWay: 'waiting',
          missing: 'missing',
        } as const
      )[outcome],
    }))}
    points={of.map(({ day, counts }) => ({ label: day, values: counts }))}
    format={numberText}
    pointTitle={texts.plots.day}
    brief={briefDay}
  />
);
