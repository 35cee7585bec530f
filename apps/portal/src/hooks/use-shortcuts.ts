import { useEffect, useRef } from 'react';

/** True if a key is being typed into something, or a dialog asks for an answer. */
const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof Element &&
  target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], .cm-editor') !== null;

const isAsking = (): boolean => document.querySelector('dialog:modal') !== null;

/** Waits so long for the second key of `g i`. */
const pairMs = 1500;

let first: { readonly key: string; readonly at: number } | undefined;

/**
 * Keys that do something on this page, such as `j`, `?`, or `g i` for one after the other. They do nothing while a text
 * is typed, a dialog is open, or another key is held.
 */
export const useShortcuts = (shortcuts: Readonly<Record<string, () => void>>): void => {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event) || isAsking()) return;
      const pair = first !== undefined && event.timeStamp - first.at < pairMs ? `${first.key} ${event.key}` : '';
      const act = current.current[pair] ?? (pair === '' ? current.current[event.key] : undefined);
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
};

/** Remembers the first key of a pair. The frame installs it once, after every other listener. */
export const rememberFirstKey = (): (() => void) => {
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    first = event.key === 'g' && !event.defaultPrevented ? { key: 'g', at: event.timeStamp } : undefined;
  };
  window.addEventListener('keydown', press);
  return () => window.removeEventListener('keydown', press);
};
