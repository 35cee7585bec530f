import { useEffect, useState, type ReactElement } from 'react';
import { texts } from '../texts.ts';
import styles from './copy.module.css';

/** Copies a text: a digest, a command, a request id. */
export const Copy = ({ text, label }: { readonly text: string; readonly label?: string }): ReactElement => {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return undefined;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [isDone]);
  return (
    <button
      type="button"
      className={styles.copy}
      aria-label={label ?? `${texts.copy} ${text}`}
      title={texts.copy}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}
    >
      {isDone ? (
        <span role="status">{texts.copied}</span>
      ) : (
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z" />
        </svg>
      )}
    </button>
  );
};

/** A command to copy. */
export const Command = ({ text }: { readonly text: string }): ReactElement => (
  <span className={styles.command}>
    <code>{text}</code>
    <Copy text={text} />
  </span>
);
