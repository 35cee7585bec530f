import type { ReactElement } from 'react';
import { useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { useSubscriptions } from '../api/use-subscriptions.ts';
import { harmless } from '../text/harmless.ts';
import { texts } from '../texts.ts';
import { scopeIn } from './in-scope.ts';
import styles from './scope.module.css';

/** The subscription that every page is about. It is in the address, where each link keeps it. */
export const useScope = (): string => scopeIn(useSearch());

export const Scope = (): ReactElement | null => {
  const search = useSearch();
  const subscriptions = useSubscriptions();
  const scope = scopeIn(search);
  const isListed = scope === '' || subscriptions.some(({ id }) => id === scope);
  if (subscriptions.length < 2 && scope === '') return null;
  const change = (subscription: string): void => {
    const next = new URLSearchParams(search);
    if (subscription === '') next.delete('subscription');
    else next.set('subscription', subscription);
    // The router would keep the subscription that is to be left.
    navigate(next.size === 0 ? location.pathname : `${location.pathname}?${next.toString()}`);
  };
  return (
    <select
      className={styles.scope}
      aria-label={texts.frame.scope}
      value={scope}
      onChange={({ target }) => change(target.value)}
    >
      <option value="">{texts.frame.everySubscription}</option>
      {[...subscriptions, ...(isListed ? [] : [{ id: scope, name: scope }])].map(({ id, name }) => (
        <option key={id} value={id}>
          {harmless(name)}
        </option>
      ))}
    </select>
  );
};
