import { ArmError } from '@assay/arm';
import { headerOf, pathOf, type ArmRequest } from '../http.ts';

/** Paths that need a token. Health and webhooks lie outside; webhooks have their own secrets. */
const guardedPaths = ['/subscriptions', '/providers', '/tenants', '/assay'];

/** The router decodes percent-encoding (`/%73ubscriptions`) and ignores case, so a guard must compare the same text. */
export const lowerPath = (request: Pick<ArmRequest, 'url'>): string => {
  const path = pathOf(request);
  try {
    return decodeURIComponent(path).toLowerCase();
  } catch {
    return path.toLowerCase();
  }
};

/** True if a request is for a path, or for one below it. */
export const pathBelow = (request: Pick<ArmRequest, 'url'>, prefix: string): boolean => {
  const path = lowerPath(request);
  return path === prefix || path.startsWith(`${prefix}/`);
};

export const isGuarded = (request: Pick<ArmRequest, 'url'>): boolean =>
  guardedPaths.some((prefix) => pathBelow(request, prefix));

type Code = 'AuthenticationFailed' | 'InvalidAuthenticationToken' | 'ExpiredAuthenticationToken';

const descriptions: Readonly<Record<Code, string>> = {
  AuthenticationFailed: 'Authentication failed. The Authorization header is missing.',
  InvalidAuthenticationToken: 'The access token is invalid.',
  ExpiredAuthenticationToken: 'The access token has expired.',
};

/** The answer does not reveal why exactly a token is invalid: that would only help to forge one. */
export const unauthenticated = (request: ArmRequest, code: Code, authority?: string): ArmError => {
  const description = descriptions[code];
  const uri =
    authority ?? `${request.protocol}://${(headerOf(request, 'host') ?? 'localhost').replaceAll(/[^\w.:[\]-]/g, '')}/`;
  return new ArmError(401, code, description, {
    headers: {
      'www-authenticate':
        `Bearer authorization_uri="${uri}", error="invalid_token", ` + `error_description="${description}"`,
    },
  });
};

/** @throws ArmError 401 without a header, or with one that holds no token */
export const bearerOf = (request: ArmRequest, authority?: string): string => {
  const header = headerOf(request, 'authorization');
  if (!header) throw unauthenticated(request, 'AuthenticationFailed', authority);
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (!token) throw unauthenticated(request, 'InvalidAuthenticationToken', authority);
  return token;
};
