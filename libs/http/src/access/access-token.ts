import type { JWTPayload, JWTHeaderParameters } from 'jose';

/** Types of RFC 9068 and of RFC 7519. Entra, Keycloak and others give `JWT` to every token, some give none. */
const types: readonly unknown[] = [undefined, 'jwt', 'at+jwt'];

/**
 * Names that Keycloak (`typ`) and Cognito (`token_use`) give to a token for an API. Older Keycloaks put the nonce of
 * the ID token into it, too.
 */
const access: readonly unknown[] = ['bearer', 'dpop', 'access'];
const others: readonly unknown[] = ['id', 'refresh', 'offline', 'logout'];

/**
 * OpenID Connect and FAPI put these claims into ID tokens. No issuer puts them into an access token without naming its
 * type.
 */
const ofIdTokens = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/**
 * Every access token of Entra names its client (`appid` in version 1, `azp` in 2). ID tokens do not. Roles distinguish
 * nothing: ID tokens have them, too.
 */
const ofEntra = ['azp', 'appid', 'azpacr', 'appidacr', 'scp', 'idtyp'];

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/**
 * True if a token was issued for use at an API. An ID token only names the user that signed in to a client. It has the
 * same issuer, and the same audience if the client is the API's own application. Only RFC 9068 marks access tokens and
 * Entra does not follow it, so the claims decide. See Microsoft's references of access and ID token claims; OpenID
 * Connect Core 2, 3.
 *
 * @param header of the token, after its signature was checked
 */
export const isAccessToken = (header: Pick<JWTHeaderParameters, 'typ'>, claims: JWTPayload): boolean => {
  const type = typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : header.typ;
  if (!types.includes(type)) return false;
  if (type === 'at+jwt') return true;
  const kind = lower(claims.typ ?? claims.token_use);
  if (access.includes(kind)) return true;
  if (others.includes(kind)) return false;
  if (ofIdTokens.some((name) => claims[name] !== undefined)) return false;
  const isEntra = claims.ver === '1.0' || claims.ver === '2.0';
  return !isEntra || ofEntra.some((name) => claims[name] !== undefined);
};
