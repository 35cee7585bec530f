import { createHash, timingSafeEqual } from 'node:crypto';
import { ArmError } from './error.ts';
import { headerOf, pathOf, type ArmRequest } from './http.ts';

/** What only somebody with a token may reach. Health and webhooks lie outside; the latter have their own secrets. */
export const guardedPaths = ['/subscriptions', '/providers', '/assay'] as const;

const fingerprint = (text: string): Buffer => createHash('sha256').update(text).digest();

const refused = (request: ArmRequest, code: string, description: string): ArmError => new ArmError(401, code, description, { headers: {
  'www-authenticate': `Bearer authorization_uri="${request.protocol}://${(headerOf(request, 'host') ?? 'localhost').replace(/[^\w.:[\]-]/g, '')}/", error="invalid_token", error_description="${description}"`,
} });

const isGuarded = (path: string, guarded: readonly string[]): boolean => {
  const lower = path.toLowerCase();
  return guarded.some((prefix) => lower === prefix || lower.startsWith(`${prefix}/`));
};

/** Lets a request pass that shows the one token of a suite for trying out; hashes are compared, so lengths tell nothing. */
export const tokenCheck = (token: string, guarded: readonly string[] = guardedPaths): ((request: ArmRequest) => void) => {
  const expected = fingerprint(token);
  return (request) => {
    if (!isGuarded(decodedPath(request), guarded)) return;
    const header = headerOf(request, 'authorization');
    if (!header) throw refused(request, 'AuthenticationFailed', 'Authentication failed. The Authorization header is missing.');
    const given = /^Bearer +(\S+)$/i.exec(header)?.[1];
    if (!given || !timingSafeEqual(fingerprint(given), expected)) throw refused(request, 'InvalidAuthenticationToken', 'The access token is invalid.');
  };
};

/** The router decodes what stands percent-encoded (`/%73ubscriptions`), so the guard must look at the same text. */
const decodedPath = (request: ArmRequest): string => {
  const path = pathOf(request);
  try { return decodeURIComponent(path); } catch { return path; }
};
