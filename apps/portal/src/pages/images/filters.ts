import { flag, oneOf, someOf, text, viewed } from '../../hooks/filters.ts';

const orders = ['critical', 'severity', 'fixable', 'since', 'repository', 'status'] as const;

/** The state of the list of images, as it is in the address. */
export const imageFilters = {
  status: someOf(['unhealthy', 'undetermined', 'healthy', 'not-applicable', 'queued', 'scanning']),
  severity: oneOf(['critical', 'high', 'medium', 'low']),
  fixable: flag(),
  repository: text(),
  registry: text(),
  vulnerability: text(),
  reason: text(),
  fix: text(),
  q: text(),
  sort: viewed(oneOf([...orders, ...orders.map((order) => `-${order}` as const)], '-critical')),
};
