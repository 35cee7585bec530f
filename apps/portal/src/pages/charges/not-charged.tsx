import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { answered, api } from '../../api/client.ts';
import type { components } from '../../api/generated/schema.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { usePrevented } from '../../api/use-me.ts';
import { Section } from '../../components/facts.tsx';
import { Answered } from '../../components/states.tsx';
import { useScope } from '../../frame/scope.tsx';
import { numberText, wordFor } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import styles from './charges.module.css';

const words = texts.charges.notCharged;

type Reason = components['schemas']['CoverageSums']['reasons'][number];

/** Outcomes of a push that are not charged. */
const free = ['notApplicable', 'undetermined', 'onItsWay', 'missing'] as const;

/** Pushes of a month without a charge, and why. */
export const NotCharged = ({
  days,
}: {
  /** All days of the month, the first first. */
  readonly days: readonly string[];
}): ReactElement => {
  const scope = useScope();
  const [from = '', to = from] = [days[0], days.at(-1)];
  const query = { from, to, ...(scope === '' ? {} : { subscription: scope }), top: 1 };
  const prevented = usePrevented('findings/read', texts.rights.needs);
  const sums = useAnswer(
    ['/assay/coverage', 'sums', query],
    (signal) => answered(api.GET('/assay/coverage', { params: { query }, signal })),
    { enabled: prevented === undefined },
  );
  if (prevented !== undefined)
    return (
      <Section id="not-charged" title={words.title}>
        <p className={styles.note}>{prevented}</p>
      </Section>
    );
  return (
    <Section id="not-charged" title={words.title}>
      <Answered from={sums} rows={2}>
        {({ total }) => (
          <dl className={styles.free}>
            {free.map((outcome) => {
              const reasons = total.reasons.filter((reason: Reason) => reason.outcome === outcome);
              return (
                <div key={outcome} data-zero={total[outcome] === 0 || undefined}>
                  <dt>
                    {texts.coverage.outcomes[outcome]} <b>{numberText(total[outcome])}</b>
                  </dt>
                  {reasons.map(({ status, reason, count }) => (
                    <dd key={`${status} ${reason ?? ''}`}>
                      <Name of={reason ?? wordFor(texts.statuses, status)} /> {numberText(count)}
                    </dd>
                  ))}
                </div>
              );
            })}
          </dl>
        )}
      </Answered>
      <p className={styles.note}>
        {words.meaning} <Link href={`/coverage?from=${from}&to=${to}`}>{words.ledger}</Link>
      </p>
    </Section>
  );
};
