import type { ReactElement, ReactNode } from 'react';
import { numberText } from '../../text/format.ts';
import { texts } from '../../texts.ts';
import { outcomes, type CoverageOutcome, type Sums } from './outcomes.ts';
import styles from './coverage.module.css';

/** `141 pushed = 118 assessed + 21 not applicable + …`, and whether it is so. */
export const Equation = ({
  of,
  link,
}: {
  readonly of: Sums;
  /** Opens the images behind a number. */
  readonly link?: (outcome: CoverageOutcome, number: ReactNode) => ReactNode;
}): ReactElement => (
  <p className={styles.equation}>
    <span>
      <b>{numberText(of.pushed)}</b> {texts.coverage.outcomes.pushed}
    </span>
    {outcomes.map((outcome, index) => (
      <span key={outcome} data-outcome={of[outcome] === 0 ? undefined : outcome}>
        <i aria-hidden="true">{index === 0 ? '=' : '+'}</i>{' '}
        {link === undefined ? <b>{numberText(of[outcome])}</b> : link(outcome, <b>{numberText(of[outcome])}</b>)}{' '}
        {texts.coverage.outcomes[outcome]}
      </span>
    ))}
    <span className={styles.balance} data-balances={of.balances}>
      {of.balances ? texts.coverage.balances : `▲ ${texts.coverage.doesNotBalance}`}
    </span>
  </p>
);
