import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import { accessAs, RegistryError, type ConfiguredRegistry, type RegistryAccess } from '@assay/registry';
import type { Config } from '../domain/state.ts';

/** How a known registry is reached: the address as observed, the credentials as configured here. */
export type AccessLookup = (loginServer: string) => RegistryAccess;

export const accessBy =
  (config: Followed<Config>, configured: readonly ConfiguredRegistry[]): AccessLookup =>
  (loginServer) => {
    const observed = config.value.byLoginServer[loginServer.toLowerCase()];
    if (!observed) throw new RegistryError('unauthorized', `${loginServer} is not onboarded`);
    const own = configured.find((each) => each.loginServer.toLowerCase() === loginServer.toLowerCase());
    return {
      loginServer: observed.loginServer,
      plainHttp: observed.plainHttp,
      allowAddresses: observed.allowAddresses,
      ...(own && accessAs(own)),
    };
  };
