import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

/** Keys cannot be had just now: whether a token is good, nobody knows. */
export class KeysUnavailable extends Error {}

export interface KeyTimes {
  /** So often keys are fetched at most, however many tokens name one that nobody knows. */
  readonly cooldownMs: number;
  /** So old they may become before they are fetched anew. */
  readonly freshMs: number;
  /** While the issuer does not answer, what it said last holds for so long. */
  readonly staleMs: number;
  /** So long nobody asks again after it did not answer. */
  readonly pauseMs: number;
}

const times: KeyTimes = { cooldownMs: 30_000, freshMs: 600_000, staleMs: 86_400_000, pauseMs: 5_000 };

/** The keys with which an issuer signs, found by its discovery document and nothing that stands in a token. */
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
        throw new KeysUnavailable(`the keys of ${issuer} cannot be had`, { cause: error });
    }
    return Response.json(last.keys);
  };
  return createRemoteJWKSet(new URL(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`), {
    [customFetch]: fetched,
    cooldownDuration: cooldownMs,
    cacheMaxAge: freshMs,
  });
};

/** jose asks for keys; here they are one document further. */
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
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
  return response.json();
};
