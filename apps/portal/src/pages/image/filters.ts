import { flag, oneOf, text, viewed } from '../../hooks/filters.ts';

const orders = ['severity', 'vulnerability', 'package', 'since'] as const;

/** The state of an image's page: which place, which findings, and which of them is open. */
export const imageFilters = {
  place: viewed(text()),
  open: viewed(text()),
  severity: oneOf(['critical', 'high', 'medium', 'low']),
  fixable: flag(),
  state: viewed(oneOf(['active', 'exempt', 'all'], 'active')),
  q: text(),
  sort: viewed(oneOf([...orders, ...orders.map((order) => `-${order}` as const)], '-severity')),
};
