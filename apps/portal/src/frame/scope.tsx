import type { ReactElement } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useSubscriptions } from '../api/use-subscriptions.ts';
import { harmless } from '../text/harmless.ts';
import { texts } from '../texts.ts';
import styles from './scope.module.css';

/** The subscription of an address; empty for all. */
export const scopeIn = (search: string): string => new URLSearchParams(search).get('subscription') ?? '';

/** The subscription that every page is about. It is in the address, so a link keeps it. */
export const useScope = (): string => scopeIn(useSearch());

export const Scope = (): ReactElement | null => {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const subscriptions = useSubscriptions();
  const scope = scopeIn(search);
  if (subscriptions.length < 2 && scope === '') return null;
  const change = (subscription: string): void => {
    const next = new URLSearchParams(search);
    if (subscription === '') next.delete('subscription');
    else next.set('subscription', subscription);
    navigate(next.size === 0 ? path : `${path}?${next.toString()}`);
  };
  return (
    <select
      className={styles.scope}
      aria-label={texts.frame.scope}
      value={scope}
      onChange={({ target }) => change(target.value)}
    >
      <option value="">{texts.frame.everySubscription}</option>
      {[...new Set([...subscriptions, ...(scope === '' ? [] : [scope])])].map((id) => (
        <option key={id} value={id}>
          {harmless(id)}
        </option>
      ))}
    </select>
  );
};

/** Keeps the subscription of this address in a link to another list. */
export const useInScope = (): ((path: string) => string) => {
  const scope = useScope();
  return (path) => (scope === '' ? path : `${path}${path.includes('?') ? '&' : '?'}subscription=${scope}`);
};
