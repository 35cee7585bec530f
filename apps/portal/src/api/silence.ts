import { useSyncExternalStore } from 'react';

/** Longest time between two signs of life while all is well, ms: each page asks who its caller is every minute. */
const longestPauseMs = 90_000;
const turnMs = 5000;

/** The time of the last piece from the service, ms since the epoch, and whether a request after it had no answer. */
export interface Heard {
  readonly at: number | undefined;
  readonly isRefused: boolean;
}

/** The moment since which the service is silent, ms since the epoch; undefined while it answers, or never did. */
export const silentSince = ({ at, isRefused }: Heard, now: number): number | undefined =>
  at !== undefined && (isRefused || now - at > longestPauseMs) ? at : undefined;

let heard: Heard = { at: undefined, isRefused: false };
let since: number | undefined;
const listeners = new Set<() => void>();

const look = (): void => {
  const next = silentSince(heard, Date.now());
  if (next === since) return;
  since = next;
  for (const listener of listeners) listener();
};

/** Notices a sign of life of the service: an answer of any code, or a piece of the stream. */
export const noticeLife = (): void => {
  heard = { at: Date.now(), isRefused: false };
  look();
};

/** Notices that a request had no answer. */
export const noticeSilence = (): void => {
  heard = { ...heard, isRefused: true };
  look();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  const timer = setInterval(look, turnMs);
  return () => {
    clearInterval(timer);
    listeners.delete(listener);
  };
};

/** The moment of everything on the page, ms since the epoch, while the service is silent; undefined otherwise. */
export const useSilentSince = (): number | undefined => useSyncExternalStore(subscribe, () => since);
