import { findingFilters, findingState } from '../../components/finding-filters.tsx';
import { oneOf, text, viewed } from '../../hooks/filters.ts';

const orders = ['severity', 'vulnerability', 'package', 'since'] as const;

/** The state of an image's page: which place, which findings, and which of them is open. */
export const imageFilters = {
  place: viewed(text()),
  open: viewed(text()),
  ...findingFilters,
  state: findingState,
  q: text(),
  sort: viewed(oneOf([...orders, ...orders.map((order) => `-${order}` as const)], '-severity')),
};
