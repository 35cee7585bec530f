import { scopeText, type NamedSubscription } from '../../api/subscription-names.ts';
import type { GridColumn } from '../../components/table.tsx';
import { numberText, spanText } from '../../text/format.ts';
import { harmless } from '../../text/harmless.ts';
import { Name } from '../../text/name.tsx';
import { personOf } from '../../text/person.ts';
import { Ago } from '../../text/time.tsx';
import type { Criteria } from './draft.ts';
import { causeToLook, standingOf, type ShownRule } from './standing.ts';
import styles from './exemptions.module.css';
import { exemptionTexts } from './texts.ts';

const words = exemptionTexts;

export const ruleKey = ({ scope, ruleId }: ShownRule): string => `${scope} ${ruleId}`;

/** Criteria in one line. */
export const criteriaText = (criteria: Criteria): string => {
  const { vulnerabilities = [], digests = [], operatingSystems = [], severityBelow, cvssBelow, patchable } = criteria;
  const few = (all: readonly string[]): string =>
    all.length <= 3 ? all.join(', ') : `${all.slice(0, 2).join(', ')} +${all.length - 2}`;
  return [
    vulnerabilities.length > 0 ? few(vulnerabilities) : '',
    severityBelow === undefined ? '' : words.below(severityBelow),
    cvssBelow === undefined ? '' : words.cvssBelow(cvssBelow),
    patchable === undefined ? '' : patchable ? words.onlyFixable : words.onlyUnfixable,
    operatingSystems.length > 0 ? few(operatingSystems) : '',
    digests.length > 0 ? words.inImages(digests.length) : '',
  ]
    .filter(Boolean)
    .join(' · ');
};

export const ruleColumns = (
  now: number,
  subscriptions: readonly NamedSubscription[],
): readonly GridColumn<ShownRule>[] => [
  {
    key: 'name',
    title: words.columns.name,
    width: 'minmax(9rem, 1.5fr)',
    isMain: true,
    cell: ({ ruleId }) => <Name of={ruleId} className={styles.strong ?? ''} />,
  },
  {
    key: 'hides',
    title: words.columns.hides,
    width: '5rem',
    align: 'end',
    cell: ({ exempted }) => numberText(exempted),
  },
  {
    key: 'now',
    title: words.columns.now,
    width: '9.5rem',
    cell: (rule) => {
      const cause = causeToLook(rule);
      return cause === undefined ? null : <span className={styles.debt}>{words.look[cause](rule.fixable)}</span>;
    },
  },
  {
    key: 'criteria',
    title: words.columns.criteria,
    width: 'minmax(9rem, 1.6fr)',
    cell: ({ criteria }) => <Name of={criteriaText(criteria)} />,
  },
  {
    key: 'scope',
    title: words.columns.scope,
    width: 'minmax(7rem, 1fr)',
    room: 'wide',
    cell: ({ scope }) => <Name of={scopeText(scope, subscriptions)} />,
  },
  {
    key: 'why',
    title: words.columns.why,
    width: 'minmax(12rem, 2.5fr)',
    cell: ({ by, reason }) => (
      <>
        <b title={harmless(by)}>
          <Name of={personOf(by)} />
        </b>
        {': '}
        <Name of={reason} />
      </>
    ),
  },
  {
    key: 'since',
    title: words.columns.since,
    width: '5rem',
    align: 'end',
    room: 'wide',
    cell: ({ since }) => <Ago at={since} />,
  },
  {
    key: 'ends',
    title: words.columns.ends,
    width: '8rem',
    align: 'end',
    cell: (rule) => {
      const standing = standingOf(rule, now);
      if (rule.expiresAt === undefined) return <span className={styles.debt}>{words.never}</span>;
      if (standing.includes('expired')) return words.expired;
      return (
        <span className={standing.includes('ending') ? styles.debt : undefined}>
          {words.in(spanText(Date.parse(rule.expiresAt) - now))}
        </span>
      );
    },
  },
];
