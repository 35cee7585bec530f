import type { AzureAuth } from './azure-auth.ts';
import { RegistryError, printable } from '../error.ts';

/**
 * The configuration of one registry. Nothing here is ever taken from a notification or from the registry's answers.
 */
export interface RegistryAccess {
  /** Host, with the port if it is not the default. */
  loginServer: string;
  plainHttp: boolean;
  /** Networks (CIDR) that may be connected to although they are not public. */
  allowAddresses: readonly string[];
  credentials?: { username: string; password: string };
  /** Instead of credentials: an identity in Microsoft Entra, for Azure Container Registry. */
  auth?: AzureAuth;
  /**
   * Blob stores and token services besides the registry itself: `host[:port]`, or `.suffix` for every name below it.
   */
  allowHosts?: readonly string[];
}

/** The registry's own address. */
export const baseOf = ({ loginServer, plainHttp }: RegistryAccess): URL => {
  const url = URL.parse(`${plainHttp ? 'http' : 'https'}://${loginServer}`);
  if (!url || url.pathname !== '/' || url.username || url.password || url.search || url.hash) {
    throw new RegistryError('bad-reference', `not a login server: ${printable(loginServer)}`);
  }
  return url;
};

/**
 * True if the host, which the registry named, is configured. A suffix counts only if it is anchored at a dot and at
 * the end: a looser match once sent cloud tokens to `registry-suffix.attacker` (GO-2026-6225).
 */
export const isAllowedHost = (url: URL, access: RegistryAccess): boolean =>
  url.host === baseOf(access).host ||
  (access.allowHosts ?? []).some((allowed) =>
    allowed.startsWith('.')
      ? url.port === '' && url.hostname.endsWith(allowed.toLowerCase())
      : url.host === allowed.toLowerCase(),
  );

/**
 * True if a request may go to a URL that the registry named: a configured host, and https unless the registry itself
 * uses plain http.
 */
export const mayVisit = (url: URL, access: RegistryAccess): boolean =>
  (url.protocol === 'https:' || (url.protocol === 'http:' && access.plainHttp)) &&
  !url.username &&
  !url.password &&
  isAllowedHost(url, access);
