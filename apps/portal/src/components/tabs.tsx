import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { numberText } from '../text/format.ts';
import styles from './tabs.module.css';

export interface Tab {
  readonly name: string;
  readonly href: string;
  /** Undefined if it is not known. */
  readonly count?: number | undefined;
  readonly isCurrent: boolean;
}

/** Links that look like tabs: each is an address of its own, and Back goes to the one before. */
export const Tabs = ({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }): ReactElement => (
  <nav aria-label={label} className={styles.tabs}>
    {tabs.map(({ name, href, count, isCurrent }) => (
      <Link key={name} href={href} aria-current={isCurrent ? 'true' : undefined}>
        {name}
        {count === undefined ? null : <span className={styles.count}>{numberText(count)}</span>}
      </Link>
    ))}
  </nav>
);
