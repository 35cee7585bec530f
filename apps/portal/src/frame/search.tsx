import { useState, type ReactElement } from 'react';
import { useLocation } from 'wouter';
import { texts } from '../texts.ts';
import styles from './search.module.css';

/** The page that a search leads to: a digest, a vulnerability, or images by their names. */
export const targetOf = (given: string): string | undefined => {
  const text = given.trim();
  if (text === '') return undefined;
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return `/images/${text}`;
  if (/^(?:cve-\d{4}-\d+|ghsa(?:-[0-9a-z]{4}){3})$/i.test(text)) return `/vulnerabilities/${text}`;
  return `/images?${new URLSearchParams({ q: text }).toString()}`;
};

export const Search = (): ReactElement => {
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  return (
    <form
      role="search"
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault();
        const target = targetOf(text);
        if (target === undefined) return;
        setText('');
        navigate(target);
      }}
    >
      <input
        id="search"
        type="search"
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Escape') currentTarget.blur();
        }}
        placeholder={texts.frame.search}
        aria-label={texts.frame.search}
        autoComplete="off"
        spellCheck={false}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
};
