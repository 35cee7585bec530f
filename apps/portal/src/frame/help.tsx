import type { ReactElement } from 'react';
import { Dialog } from '../components/dialog.tsx';
import { pages } from '../pages/pages.ts';
import { texts } from '../texts.ts';
import styles from './help.module.css';

const rows: readonly (readonly [keys: readonly string[], meaning: string])[] = [
  ...pages.flatMap(({ key, name }) =>
    key === undefined ? [] : [[['g', key], texts.help.go(texts.pages[name])] as const],
  ),
  ...texts.help.keys,
];

/** Every key that does something. */
export const Help = ({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }): ReactElement => (
  <Dialog title={texts.help.title} isOpen={isOpen} onClose={close}>
    <dl className={styles.keys}>
      {rows.map(([keys, meaning]) => (
        <div key={keys.join(' ')}>
          <dt>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
    <p className={styles.note}>{texts.help.note}</p>
  </Dialog>
);
