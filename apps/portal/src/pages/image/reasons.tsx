import type { ReactElement } from 'react';
import { Name } from '../../text/name.tsx';
import { reasonText } from '../../text/reason.ts';
import { texts } from '../../texts.ts';
import styles from './image.module.css';

/** Doubts and the reason, in words: why the status is not to be trusted further than it goes. */
export const Reasons = ({ of }: { readonly of: readonly string[] }): ReactElement | null =>
  of.length === 0 ? null : (
    <ul className={styles.doubts} aria-label={texts.image.doubts}>
      {[...new Set(of)].map((reason) => (
        <li key={reason}>
          <span>
            <Name of={reason} />
          </span>{' '}
          {reasonText(reason)}
        </li>
      ))}
    </ul>
  );
