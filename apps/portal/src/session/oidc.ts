import * as oauth from 'oauth4webapi';
import type { Issuer } from './issuer.ts';
import { asking, isLoopback, signedInByIssuer } from './session.ts';

/** Facts that the portal must know again when the issuer sends its user back. None of it opens the API. */
interface Leaving {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  /** Path and query that the user was at. */
  readonly back: string;
  readonly isSilent: boolean;
}

const key = 'assay.leaving';
const channelName = 'assay.signed-in';

/** The window that only signs in, for a page whose inputs must stay. */
const windowMark = 'sign-in-window';

const redirectUri = (): string => `${location.origin}/portal/`;

/** Plain HTTP is for an issuer on this machine, as in the tests. */
const optionsFor = (issuer: URL) => ({ [oauth.allowInsecureRequests]: isLoopback(issuer.hostname) });

const serverOf = async ({ issuer }: Issuer): Promise<oauth.AuthorizationServer> => {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, optionsFor(url)));
};

/**
 * Sends the user to the issuer: code flow with PKCE (RFC 7636, RFC 9700).
 * @param how `silent` asks the issuer without showing anything to the user, for a reload
 */
export const leaveFor = async (issuer: Issuer, how: 'login' | 'silent'): Promise<void> => {
  const server = await serverOf(issuer);
  if (server.authorization_endpoint === undefined) throw new Error('the issuer has no authorization endpoint');
  const leaving: Leaving = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    back: location.pathname + location.search,
    isSilent: how === 'silent',
  };
  sessionStorage.setItem(key, JSON.stringify(leaving));
  const url = new URL(server.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id: issuer.clientId,
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: issuer.scope,
    state: leaving.state,
    nonce: leaving.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(leaving.verifier),
    code_challenge_method: 'S256',
    ...(how === 'silent' ? { prompt: 'none' } : {}),
  }))
    url.searchParams.set(name, value);
  // In place of this entry of the history: Back leads to the page before, not to the issuer.
  location.replace(url);
};

/** True if the issuer has sent the user back to this address. */
const isBack = (search: URLSearchParams): boolean =>
  search.has('state') && (search.has('code') || search.has('error')) && sessionStorage.getItem(key) !== null;

const arrive = async (issuer: Issuer): Promise<'signed-in' | 'refused'> => {
  const leaving = JSON.parse(sessionStorage.getItem(key) ?? '{}') as Leaving;
  sessionStorage.removeItem(key);
  const url = new URL(location.href);
  // The code is in no entry of the history from here on, and the user is where it was.
  history.replaceState(null, '', leaving.back);
  dispatchEvent(new PopStateEvent('popstate'));
  const client: oauth.Client = { client_id: issuer.clientId };
  const server = await serverOf(issuer);
  let answer: URLSearchParams;
  try {
    answer = oauth.validateAuthResponse(server, client, url, leaving.state);
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError && leaving.isSilent) return 'refused';
    throw error;
  }
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    answer,
    redirectUri(),
    leaving.verifier,
    optionsFor(new URL(issuer.issuer)),
  );
  const tokens = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    response,
    issuer.scope.split(' ').includes('openid') ? { expectedNonce: leaving.nonce } : {},
  );
  if (new URLSearchParams(leaving.back.split('?')[1]).has(windowMark)) {
    new BroadcastChannel(channelName).postMessage(tokens.access_token);
    close();
  }
  signedInByIssuer(tokens.access_token);
  return 'signed-in';
};

/**
 * Signs in at the issuer without the user's help, if it remembers the user: the token is in memory only, so every
 * reload goes this way. The page is `asking` meanwhile.
 */
export const resume = async (issuer: Issuer): Promise<void> => {
  const search = new URLSearchParams(location.search);
  if (!isBack(search)) await leaveFor(issuer, search.has(windowMark) ? 'login' : 'silent');
  else if ((await arrive(issuer)) === 'refused') asking(false);
};

/**
 * Signs in through a window of its own, so that what was typed on this page stays. The token arrives through a channel
 * that only pages of this origin can read.
 */
export const signInBeside = (): void => {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'string') return;
    channel.close();
    signedInByIssuer(data);
  };
  open(`/portal/?${windowMark}=1`, '_blank', 'popup,width=520,height=680');
};
