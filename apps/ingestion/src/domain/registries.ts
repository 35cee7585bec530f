import type { RegistryObserved } from '@assay/events';
import type { Config, ReceivedSource } from './state.ts';

/** The registry that a notification names, unless it was removed. */
export const registryOf = (
  { loginServer, registryId }: Pick<ReceivedSource, 'loginServer' | 'registryId'>,
  config: Config,
): RegistryObserved | undefined => {
  const registry = loginServer
    ? config.byLoginServer.get(loginServer.toLowerCase())
    : config.byId.get((registryId ?? '').toLowerCase());
  return registry?.removed ? undefined : registry;
};

/** How a registry is reached, in one text: if it changes, waiting jobs are due at once. */
export const reachedBy = ({ plainHttp, allowAddresses, access }: RegistryObserved): string =>
  [String(plainHttp), ...allowAddresses, access ?? ''].join(' ');

/** True if the registry of a source has another id by now: its images were not pushed under that one. */
export const hasMoved = ({ registryId: before }: ReceivedSource, registryId: string): boolean =>
  before !== undefined && before.toLowerCase() !== registryId.toLowerCase();
