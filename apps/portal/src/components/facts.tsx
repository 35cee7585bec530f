import type { ReactElement, ReactNode } from 'react';
import styles from './facts.module.css';

/** Pairs of a name and its value. A pair whose value is undefined is left out. */
export const Facts = ({
  of,
}: {
  readonly of: readonly (readonly [name: string, value: ReactNode])[];
}): ReactElement => (
  <dl className={styles.facts}>
    {of.map(([name, value]) =>
      value === undefined ? null : (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ),
    )}
  </dl>
);

/** A part of a page with a heading, to which an address can point. */
export const Section = ({
  id,
  title,
  aside,
  children,
}: {
  readonly id: string;
  readonly title: ReactNode;
  /** Beside the heading: a total, a button. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactElement => (
  <section id={id} className={styles.section} aria-labelledby={`${id}-title`}>
    <header>
      <h2 id={`${id}-title`}>{title}</h2>
      {aside}
    </header>
    {children}
  </section>
);

/** A surface for a part of a page. */
export const Card = ({ children }: { readonly children: ReactNode }): ReactElement => (
  <div className={styles.card}>{children}</div>
);
