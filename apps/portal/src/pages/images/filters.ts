import { findingFilters } from '../../components/finding-filters.tsx';
import { oneOf, someOf, text, viewed, type ValuesOf } from '../../hooks/filters.ts';

const orders = ['critical', 'severity', 'fixable', 'since', 'repository', 'status'] as const;

/** The state of the list of images, as it is in the address. */
export const imageFilters = {
  status: someOf(['unhealthy', 'undetermined', 'healthy', 'not-applicable', 'queued', 'scanning']),
  ...findingFilters,
  repository: text(),
  registry: text(),
  vulnerability: text(),
  package: text(),
  reason: text(),
  fix: text(),
  q: text(),
  untagged: viewed(oneOf(['include', 'only'])),
  sort: viewed(oneOf([...orders, ...orders.map((order) => `-${order}` as const)], '-critical')),
};

type Values = ValuesOf<typeof imageFilters>;

/** Images without a result, by their place and text alone: filters on findings mean nothing for them. */
export const unknownOnly = {
  status: ['undetermined', 'queued', 'scanning'],
  severity: '',
  fixable: false,
  vulnerability: '',
  package: '',
  fix: '',
} as const satisfies Partial<Values>;

/**
 * Number of images that may meet the filters on findings, and are left out by them because nothing is known.
 * @param unknown images without a result, by their place and text alone; undefined if they are not counted
 * @returns undefined if there are none, or no filter on findings is set
 */
export const leftOut = (
  { severity, fixable, vulnerability, fix, package: of }: Omit<ValuesOf<typeof imageFilters>, 'status'>,
  unknown: number | undefined,
): number | undefined =>
  unknown !== undefined &&
  unknown > 0 &&
  (severity !== '' || fixable || [vulnerability, fix, of].some((each) => each !== ''))
    ? unknown
    : undefined;
