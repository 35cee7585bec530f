import type { State } from '@assay/event-sourcing';
import { billedIn } from './periods.ts';
import { unpaid, type Emitted, type Received } from './state.ts';

/** A charge, a correction or, without an amount, an assessment without a price, and the month that bills it. */
export type SummaryEntry = readonly [period: string, registryId: string, amount?: string, currency?: string];

/** The entries of a state, for reads that need no more of a charge. */
export const summaryOf = (state: State<Received, Emitted>): readonly SummaryEntry[] => [
  ...Object.values(state.emitted)
    .flat()
    .map((one) => [billedIn(one), one.registryId, one.amount, one.currency] as const),
  ...unpaid(state).map((one) => [billedIn(one), one.registryId] as const),
];

/** The entries as they are stored beside the state. */
export const summarise = (state: State<Received, Emitted>): string => JSON.stringify(summaryOf(state));

/** The entries of a stored summary. */
export const summaryIn = (summary: string): readonly SummaryEntry[] => JSON.parse(summary) as SummaryEntry[];
