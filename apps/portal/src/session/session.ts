import { useSyncExternalStore } from 'react';

/** How the portal's user is known to the API. */
export interface Session {
  /** Bearer token; undefined without a user. */
  readonly token: string | undefined;
  /** True if the API refused the token: the page stays, and signing in lies over it. */
  readonly isRefused: boolean;
  /** True while the issuer is asked without the user's help. */
  readonly isAsking: boolean;
}

const key = 'assay.token';

/** The token of `assay up` may lie in the tab's storage, for it opens a suite on this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

let session: Session = { token: undefined, isRefused: false, isAsking: false };
const listeners = new Set<() => void>();

const change = (patch: Partial<Session>): void => {
  session = { ...session, ...patch };
  for (const listener of listeners) listener();
};

/** The token of a link's fragment, `#token=…`. */
export const tokenIn = (fragment: string): string | undefined =>
  new URLSearchParams(fragment.replace(/^#/, '')).get('token')?.trim() || undefined;

/**
 * Takes the token out of the address, before anything else can read it or save it in a bookmark. On loopback the tab
 * keeps it for a reload; elsewhere a token in a link is not accepted at all.
 */
export const takeToken = (): void => {
  const { hash, hostname, pathname, search } = location;
  const given = tokenIn(hash);
  if (given !== undefined) history.replaceState(history.state, '', pathname + search);
  if (!isLoopback(hostname)) return;
  if (given !== undefined) sessionStorage.setItem(key, given);
  const token = given ?? sessionStorage.getItem(key) ?? undefined;
  if (token !== undefined) change({ token });
};

/** A user signed in. */
export const signedIn = (token: string): void => {
  if (isLoopback(location.hostname)) sessionStorage.setItem(key, token);
  change({ token, isRefused: false, isAsking: false });
};

/** A user signed in at an issuer: the token stays in memory. */
export const signedInByIssuer = (token: string): void => change({ token, isRefused: false, isAsking: false });

export const signedOut = (): void => {
  sessionStorage.removeItem(key);
  change({ token: undefined, isRefused: false, isAsking: false });
};

/** The API refused this token. A token that another request has replaced meanwhile is not affected. */
export const refused = (token: string | undefined): void => {
  if (token === session.token) change({ isRefused: true });
};

export const asking = (isAsking: boolean): void => change({ isAsking });

export const currentSession = (): Session => session;

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useSession = (): Session => useSyncExternalStore(subscribe, currentSession);
