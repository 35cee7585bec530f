import type { ReactElement } from 'react';
import { lastOf } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { texts } from '../../texts.ts';
import type { RepositoryCharges } from './month.ts';
import styles from './charges.module.css';

const words = texts.charges;

/** So many are shown; the rest is one line. */
const most = 7;

/** Repositories by what they cost. Each narrows the lines to it. */
export const Repositories = ({
  of,
  chosen,
  choose,
}: {
  readonly of: readonly RepositoryCharges[];
  readonly chosen: string;
  readonly choose: (repository: string) => void;
}): ReactElement => {
  const greatestIn = (currency: string): number =>
    Math.max(0, ...of.map((one) => (one.currency === currency ? Number(one.amount) : 0)));
  const rest = of.slice(most);
  return (
    <section className={styles.repositories} aria-labelledby="by-repository">
      <h2 id="by-repository">{words.byRepository}</h2>
      <ul>
        {of.slice(0, most).map(({ registryId, repository, currency, amount, charges }) => (
          <li key={`${registryId} ${repository} ${currency}`}>
            <button
              type="button"
              aria-pressed={chosen === repository}
              onClick={() => choose(chosen === repository ? '' : repository)}
            >
              <span>
                <Name of={repository} /> <Name of={lastOf(registryId)} className={styles.note ?? ''} />
              </span>
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect
                  width={Math.max(0, (Number(amount) / Math.max(Number.EPSILON, greatestIn(currency))) * 100)}
                  height={8}
                />
              </svg>
              <b>
                {amount} {currency}
              </b>
              <span className={styles.note}>{words.charges(charges)}</span>
            </button>
          </li>
        ))}
      </ul>
      {rest.length === 0 ? null : <p className={styles.note}>{words.rest(rest.length)}</p>}
    </section>
  );
};
