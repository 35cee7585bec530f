import { useSyncExternalStore } from 'react';

let asOf: string | undefined;
const listeners = new Set<() => void>();

/** Routes of services besides that of the pages; each of them may be cut off by itself. */
const others = /^\/assay\/(?:charges|export|periods|plans|sweeps|databases)(?:\/|$)/;

/**
 * Remembers the moment that the newest answer is about; undefined once answers are of now again.
 * @param path of the request, which names the service that has answered
 */
export const noticeAsOf = (path: string, moment: string | undefined): void => {
  if (moment === asOf || (moment === undefined && others.test(path))) return;
  asOf = moment;
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The moment that answers are about while the service is cut off; undefined otherwise. */
export const useAsOf = (): string | undefined => useSyncExternalStore(subscribe, () => asOf);
