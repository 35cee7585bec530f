import { useEffect, useId, useRef, type ReactElement, type ReactNode } from 'react';
import styles from './dialog.module.css';
import { texts } from '../texts.ts';

export interface DialogProps {
  readonly title: ReactNode;
  readonly isOpen: boolean;
  /** Without it the dialog stays until its question is answered. */
  readonly onClose?: (() => void) | undefined;
  /** `side` slides in from the right, over the list that it is about. */
  readonly place?: 'middle' | 'side';
  readonly children: ReactNode;
}

/**
 * A native dialog: the browser keeps the focus inside, closes it by Escape, and gives the focus back. An element with
 * `data-first` has the focus at first, else the first that can have it.
 */
export const Dialog = ({ title, isOpen, onClose, place = 'middle', children }: DialogProps): ReactElement | null => {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!isOpen || !dialog || dialog.open) return;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-first]')?.focus();
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      data-place={place}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose?.();
      }}
    >
      <div className={styles.inside}>
        <header className={styles.header}>
          <h2 id={id}>{title}</h2>
          {onClose ? (
            <button type="button" className={styles.close} onClick={onClose} aria-label={texts.close}>
              ×
            </button>
          ) : null}
        </header>
        <div className={styles.body}>{children}</div>
      </div>
    </dialog>
  );
};
