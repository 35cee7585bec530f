import { join } from 'node:path';
import { freePort, startDistribution, type RunningServer } from '../../../tools/services/index.ts';
import type { WatchedRegistry } from '../../distributed/suite.ts';

/** A registry that does not run yet, in its own subscription. */
export const plannedRegistry = async (name: string, number: number): Promise<WatchedRegistry> => {
  const subscriptionId = `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;
  return {
    name,
    subscriptionId,
    subscriptionName: name,
    registryId:
      `/subscriptions/${subscriptionId}/resourceGroups/torment/providers/Microsoft.ContainerRegistry` +
      `/registries/${name}`,
    loginServer: `127.0.0.1:${await freePort()}`,
    secret: `secret-of-${name}`,
    plainHttp: true,
    allowAddresses: ['127.0.0.0/8'],
  };
};

/** Its notifications name the registry by their path. */
export const startRegistry = (
  { name, loginServer, secret }: WatchedRegistry,
  folder: string,
  relay: string,
): Promise<RunningServer> =>
  startDistribution({
    folder: join(folder, `registry-${name}`),
    port: Number(loginServer.split(':')[1]),
    notifications: { url: `${relay}/${name}`, secret },
  });
