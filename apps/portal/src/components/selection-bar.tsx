import type { ReactElement, ReactNode } from 'react';
import { texts } from '../texts.ts';
import { Button } from './button.tsx';
import styles from './selection-bar.module.css';

/** Things to do with the selected rows, at the lower edge while there are some. */
export const SelectionBar = ({
  count,
  clear,
  children,
}: {
  readonly count: number;
  readonly clear: () => void;
  readonly children: ReactNode;
}): ReactElement | null =>
  count === 0 ? null : (
    <div className={styles.bar} role="region" aria-label={texts.table.selected(count)}>
      <span role="status">{texts.table.selected(count)}</span>
      {children}
      <Button look="quiet" onClick={clear}>
        {texts.table.none}
      </Button>
    </div>
  );
