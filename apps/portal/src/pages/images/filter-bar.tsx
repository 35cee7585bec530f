import type { ReactElement } from 'react';
import { FindingFilters } from '../../components/finding-filters.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { TextFilter } from '../../components/text-filter.tsx';
import type { Filters } from '../../hooks/use-filters.ts';
import { texts } from '../../texts.ts';
import type { imageFilters } from './filters.ts';
import styles from './images.module.css';

type Statuses = readonly ('unhealthy' | 'undetermined' | 'healthy' | 'not-applicable' | 'queued' | 'scanning')[];

/** The tabs, worst first, and the statuses behind each. */
const tabs: readonly { readonly name: keyof typeof texts.images.tabs; readonly statuses: Statuses }[] = [
  { name: 'all', statuses: [] },
  { name: 'unhealthy', statuses: ['unhealthy'] },
  { name: 'undetermined', statuses: ['undetermined'] },
  { name: 'waiting', statuses: ['queued', 'scanning'] },
  { name: 'healthy', statuses: ['healthy'] },
  { name: 'not-applicable', statuses: ['not-applicable'] },
];

const sumOf = (counts: Readonly<Record<string, number>> | undefined, statuses: readonly string[]): number | undefined =>
  counts &&
  Object.entries(counts).reduce(
    (sum, [status, count]) => (statuses.length === 0 || statuses.includes(status) ? sum + count : sum),
    0,
  );

export interface FilterBarProps {
  readonly filters: Filters<typeof imageFilters>;
  readonly counts: Readonly<Record<string, number>> | undefined;
}

export const FilterBar = ({ filters, counts }: FilterBarProps): ReactElement => {
  const { values, set, href } = filters;
  return (
    <div className={styles.bar}>
      <Tabs
        label={texts.images.statusFilter}
        tabs={tabs.map(({ name, statuses }) => ({
          name: texts.images.tabs[name],
          href: href({ status: statuses }),
          count: sumOf(counts, statuses),
          isCurrent: values.status.join() === statuses.join(),
        }))}
      />
      <div className={styles.fields}>
        <FindingFilters values={values} set={set} />
        <TextFilter
          label={texts.images.repository}
          value={values.repository}
          set={(repository) => set({ repository }, { replace: true })}
        />
        <TextFilter label={texts.images.q} value={values.q} set={(q) => set({ q }, { replace: true })} />
      </div>
    </div>
  );
};
