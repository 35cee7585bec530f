import { dayOf, oneOf, text, viewed } from '../../hooks/filters.ts';
import { outcomes } from './outcomes.ts';

/** The ledger, and its plots over time. */
export const views = ['ledger', 'trends'] as const;

/** State of the page: with a day, it shows the pushes of that day. */
export const coverageFilters = {
  view: viewed(oneOf(views, 'ledger')),
  from: viewed(dayOf()),
  to: viewed(dayOf()),
  registry: text(),
  day: viewed(dayOf()),
  outcome: oneOf(outcomes),
  reason: text(),
};

/** So many days until today, in UTC. */
export const lastDays = (count: number, now: number): { readonly from: string; readonly to: string } => ({
  from: new Date(now - (count - 1) * 86_400_000).toISOString().slice(0, 10),
  to: new Date(now).toISOString().slice(0, 10),
});
