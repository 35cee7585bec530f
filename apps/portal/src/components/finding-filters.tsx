import type { ReactElement } from 'react';
import { flag, oneOf, viewed, type ValuesOf } from '../hooks/filters.ts';
import { texts } from '../texts.ts';
import styles from './finding-filters.module.css';

const severities = ['critical', 'high', 'medium', 'low'] as const;

/** The filters on findings of every list that has some, as they are in the address. */
export const findingFilters = { severity: oneOf(severities), fixable: flag() };

/** Whether findings count, are disabled by a rule, or both. */
export const findingState = viewed(oneOf(['active', 'exempt', 'all'], 'active'));

type Values = ValuesOf<typeof findingFilters>;

export interface FindingFiltersProps {
  readonly values: Values;
  readonly set: (values: Partial<Values>) => void;
}

/** Fields for the fix and the least severity of findings. */
export const FindingFilters = ({ values, set }: FindingFiltersProps): ReactElement => (
  <>
    <label className={styles.flag}>
      <input type="checkbox" checked={values.fixable} onChange={({ target }) => set({ fixable: target.checked })} />
      {texts.images.fixable}
    </label>
    <select
      aria-label={texts.images.severity}
      value={values.severity}
      onChange={({ target }) => set({ severity: findingFilters.severity.parse(target.value) })}
    >
      <option value="">{texts.images.anySeverity}</option>
      {severities.map((severity) => (
        <option key={severity} value={severity}>
          {texts.images.atLeast(severity)}
        </option>
      ))}
    </select>
  </>
);

export interface FindingStateFilterProps {
  readonly value: typeof findingState.fallback | 'exempt' | 'all';
  readonly set: (value: FindingStateFilterProps['value']) => void;
  /** The words for the findings that rules disable. */
  readonly exempt?: string;
}

/** A field for the state of findings. */
export const FindingStateFilter = ({
  value,
  set,
  exempt = texts.findings.states.exempt,
}: FindingStateFilterProps): ReactElement => (
  <select
    aria-label={texts.findings.columns.state}
    value={value}
    onChange={({ target }) => set(findingState.parse(target.value))}
  >
    <option value="active">{texts.findings.states.active}</option>
    <option value="exempt">{exempt}</option>
    <option value="all">{texts.findings.states.all}</option>
  </select>
);
