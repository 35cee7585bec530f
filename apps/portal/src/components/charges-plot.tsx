import type { ReactElement } from 'react';
import { texts } from '../texts.ts';
import { Plot } from './plot.tsx';

const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** The charges of each day in one currency. */
export const ChargesPlot = ({
  currency,
  of,
  brief,
  note,
}: {
  /** ISO 4217. */
  readonly currency: string;
  readonly of: readonly { readonly day: string; readonly amount: number }[];
  /** Shortens a day below the axis. */
  readonly brief: (day: string) => string;
  readonly note?: string | undefined;
}): ReactElement => (
  <Plot
    title={texts.plots.charges(currency)}
    note={note}
    kind="columns"
    series={[{ key: 'amount', name: currency, tone: 'accent' }]}
    points={of.map(({ day, amount }) => ({ label: day, values: [amount] }))}
    format={(amount) => money.format(amount)}
    pointTitle={texts.plots.day}
    brief={brief}
  />
);
