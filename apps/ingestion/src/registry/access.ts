import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import { accessAs, Discoveries, RegistryError, type ConfiguredRegistry, type RegistryAccess } from '@assay/registry';
import type { Config } from '../domain/state.ts';

/**
 * How a known registry is reached: the address as observed, the credentials as configured here. Of a discovered one
 * nothing that was observed counts but its name, and that only as far as the own setting allows.
 */
export type AccessLookup = (loginServer: string) => RegistryAccess;

export const accessBy =
  (
    config: Followed<Config>,
    configured: readonly ConfiguredRegistry[],
    discoveries = new Discoveries(undefined),
  ): AccessLookup =>
  (loginServer) => {
    const observed = config.value.byLoginServer.get(loginServer.toLowerCase());
    if (!observed) throw new RegistryError('unauthorized', `${loginServer} is not onboarded`);
    const own = configured.find((each) => each.loginServer.toLowerCase() === loginServer.toLowerCase());
    const { discovery } = observed;
    if (!own && discovery !== undefined) return discoveries.accessTo({ loginServer: observed.loginServer, discovery });
    return {
      loginServer: observed.loginServer,
      plainHttp: observed.plainHttp,
      allowAddresses: observed.allowAddresses,
      ...(own && accessAs(own)),
    };
  };
