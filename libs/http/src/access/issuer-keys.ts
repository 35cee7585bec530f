import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

/** The keys cannot be fetched at the moment, so a token can be neither accepted nor rejected. */
export class KeysUnavailable extends Error {}

export interface KeyTimes {
  /** Minimum time between fetches, however many tokens name an unknown key. */
  readonly cooldownMs: number;
  /** Maximum age of the keys before they are fetched again. */
  readonly freshMs: number;
  /** The last keys stay valid for this long while the issuer does not answer. */
  readonly staleMs: number;
  /** Pause before the next attempt after a failed fetch. */
  readonly pauseMs: number;
}

const times: KeyTimes = { cooldownMs: 30_000, freshMs: 600_000, staleMs: 86_400_000, pauseMs: 5_000 };

/**
 * The signing keys of an issuer, found through its discovery document only and never through the contents of a token.
 */
export const keysOf = (
  issuer: string,
  { cooldownMs, freshMs, staleMs, pauseMs }: KeyTimes = times,
): JWTVerifyGetKey => {
  let last: { readonly keys: unknown; readonly at: number } | undefined;
  let failedAt = -Infinity;
  const fetched: FetchImplementation = async (discovery, options) => {
    const now = performance.now();
    try {
      if (now - failedAt < pauseMs) throw new Error('the issuer did not answer a moment ago');
      last = { keys: await discovered(issuer, discovery, options), at: now };
    } catch (error) {
      if (now - failedAt >= pauseMs) failedAt = now;
      if (!last || now - last.at > staleMs)
        throw new KeysUnavailable(`the keys of ${issuer} cannot be read`, { cause: error });
    }
    return Response.json(last.keys);
  };
  return createRemoteJWKSet(new URL(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`), {
    [customFetch]: fetched,
    cooldownDuration: cooldownMs,
    cacheMaxAge: freshMs,
  });
};

/** jose requests the keys at once; the discovery document in between names their address. */
const discovered = async (
  issuer: string,
  discovery: string,
  options: Parameters<FetchImplementation>[1],
): Promise<unknown> => {
  const document = (await json(discovery, options)) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (document.issuer !== issuer) throw new Error(`the document at ${discovery} is of another issuer`);
  const keys = URL.parse(String(document.jwks_uri));
  if (!keys || (keys.protocol !== 'https:' && !issuer.startsWith('http:')))
    throw new Error(`the document at ${discovery} names no keys`);
  const set = (await json(keys.href, options)) as { readonly keys?: unknown };
  if (!Array.isArray(set.keys)) throw new Error(`there are no keys at ${keys.href}`);
  return set;
};

const json = async (url: string, options: Parameters<FetchImplementation>[1]): Promise<unknown> => {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url} answered with ${response.status}`);
  return response.json();
};
