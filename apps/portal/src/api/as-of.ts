import { useSyncExternalStore } from 'react';

let asOf: string | undefined;
const listeners = new Set<() => void>();

/** Remembers the moment that the newest answer is about; undefined once answers are of now again. */
export const noticeAsOf = (moment: string | undefined): void => {
  if (moment === asOf) return;
  asOf = moment;
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The moment that answers are about while the service is cut off; undefined otherwise. */
export const useAsOf = (): string | undefined => useSyncExternalStore(subscribe, () => asOf);
