import { useSyncExternalStore } from 'react';

let asOf: string | undefined;
const listeners = new Set<() => void>();

/** Routes that are not answered from the read model, so they do not show whether it is cut off. */
const others = /^\/assay\/(?:charges|export|periods|plans|sweeps|databases|services|runners)(?:\/|$)/;

/**
 * The moment that answers are about, after an answer.
 * @param known before it
 * @param path of the request
 * @param moment of the answer, if it has one
 */
export const asOfAfter = (known: string | undefined, path: string, moment: string | undefined): string | undefined =>
  moment === undefined && others.test(path) ? known : moment;

/**
 * Remembers the moment that the newest answer is about; undefined once answers are of now again.
 * @param path of the request, which names the service that has answered
 */
export const noticeAsOf = (path: string, moment: string | undefined): void => {
  const next = asOfAfter(asOf, path, moment);
  if (next === asOf) return;
  asOf = next;
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The moment that answers are about while the service is cut off; undefined otherwise. */
export const useAsOf = (): string | undefined => useSyncExternalStore(subscribe, () => asOf);
