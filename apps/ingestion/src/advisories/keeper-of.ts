import { join } from 'node:path';
import { accessAs, RegistryClients, type ConfiguredRegistry, type RegistryNetwork } from '@assay/registry';
import { DatabaseKeeper } from './keeper.ts';
import type { HoldLimits } from './holding.ts';
import type { DatabaseKeeperPorts } from './keeping.ts';
import { defaultSources, sourceOf, type DatabaseSource } from './sources.ts';

/** The settings of the databases. */
export interface DatabaseSettings {
  /** Undefined if none are configured. */
  readonly databaseSources: readonly DatabaseSource[] | undefined;
  readonly registries: readonly ConfiguredRegistry[];
  readonly network: RegistryNetwork;
  readonly tooOldDays: number;
  readonly staleDays: number;
  readonly hold: HoldLimits;
}

/** A source in an onboarded registry is read with its credentials, as its images are. */
const withAccess = (source: DatabaseSource, registries: readonly ConfiguredRegistry[]): DatabaseSource => {
  const host = source.access.loginServer.toLowerCase();
  const own = registries.find(({ loginServer }) => loginServer.toLowerCase() === host);
  if (!own) return source;
  const { loginServer, plainHttp, allowAddresses } = own;
  return { ...source, access: { loginServer, plainHttp, allowAddresses, ...accessAs(own) } };
};

/** The sources that an order reads: the configured ones, or else those of the maker of the database. */
export const orderedSources = ({
  databaseSources,
  registries,
}: Pick<DatabaseSettings, 'databaseSources' | 'registries'>): readonly DatabaseSource[] =>
  (databaseSources ?? defaultSources.map(sourceOf)).map((source) => withAccess(source, registries));

/** The keeper of the databases of an installation. Its downloads are in the folder of the service. */
export const keeperOf = (
  settings: DatabaseSettings,
  {
    folder,
    clients = new RegistryClients({ network: settings.network }),
    ...ports
  }: Pick<DatabaseKeeperPorts, 'log' | 'blobs' | 'folder' | 'failed' | 'weigh' | 'silentMs'> & {
    readonly clients?: RegistryClients;
  },
): DatabaseKeeper =>
  new DatabaseKeeper({
    ...ports,
    clients,
    folder: join(folder, 'downloads'),
    sources: orderedSources(settings),
    hold: settings.hold,
    limits: { tooOldDays: settings.tooOldDays, staleDays: settings.staleDays },
  });
