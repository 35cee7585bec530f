import type { JWTPayload, JWTHeaderParameters } from 'jose';

/** Types of RFC 9068 and of RFC 7519. Entra, Keycloak and others give `JWT` to every token, some give none. */
const types: readonly unknown[] = [undefined, 'jwt', 'at+jwt'];

/**
 * How Keycloak (`typ`) and Cognito (`token_use`) call a token that is for an API. Of older Keycloaks it has the nonce
 * of the ID token, too.
 */
const access: readonly unknown[] = ['bearer', 'dpop', 'access'];
const others: readonly unknown[] = ['id', 'refresh', 'offline', 'logout'];

/** What OpenID Connect and FAPI put into ID tokens, and nobody into an access token that does not say what it is. */
const ofIdTokens = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/**
 * Every access token of Entra names its client (`appid` in version 1, `azp` in 2), and so says more than an ID token,
 * whose roles are no sign.
 */
const ofEntra = ['azp', 'appid', 'azpacr', 'appidacr', 'scp', 'idtyp'];

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/**
 * Whether a token was given out to be shown to an API. An ID token tells a client who signed in: it has the same
 * issuer, and the same audience where the client is the API's own application. Only RFC 9068 marks access tokens, and
 * Entra does not follow it, so the claims must tell (Microsoft's references of access and ID token claims; OpenID
 * Connect Core 2, 3).
 *
 * @param header of the token, whose signature was checked
 */
export const isAccessToken = (header: Pick<JWTHeaderParameters, 'typ'>, claims: JWTPayload): boolean => {
  const type = typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : header.typ;
  if (!types.includes(type)) return false;
  if (type === 'at+jwt') return true;
  const said = lower(claims.typ ?? claims.token_use);
  if (access.includes(said)) return true;
  if (others.includes(said)) return false;
  if (ofIdTokens.some((name) => claims[name] !== undefined)) return false;
  const isEntra = claims.ver === '1.0' || claims.ver === '2.0';
  return !isEntra || ofEntra.some((name) => claims[name] !== undefined);
};
