import type { ReactElement, ReactNode } from 'react';
import styles from './operations.module.css';

/** How something stands. What is as it should be is plain, so that the eye finds the rest. */
export const Standing = ({
  kind,
  children,
}: {
  readonly kind: 'good' | 'warning' | 'alarm';
  readonly children: ReactNode;
}): ReactElement => (
  <span className={styles.standing} data-kind={kind}>
    {kind === 'good' ? null : (
      <span aria-hidden="true" className={styles.sign}>
        ▲
      </span>
    )}
    {children}
  </span>
);
