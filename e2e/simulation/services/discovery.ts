import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { Lister } from '@assay/ingestion/discovery/lister';
import { Webhooks } from '@assay/ingestion/discovery/webhooks';
import { changed } from '../mutants/wrapped.ts';
import { CloudCalls } from '../outside/cloud.ts';
import { withIds, type Given } from './composing.ts';

/** Fingerprints of identities: the product computes them on a thread, and a schedule waits for no thread. */
const made = new Map<string, ReturnType<typeof crypto.scryptSync>>();
crypto.scrypt = ((...[text, salt, length, options, done]: Parameters<typeof crypto.scrypt>) => {
  const key = JSON.stringify([text, salt, length, options]);
  const bytes = made.get(key) ?? crypto.scryptSync(text, salt, length, options);
  made.set(key, bytes);
  done(null, bytes);
}) as typeof crypto.scrypt;
syncBuiltinESMExports();

const unsaid = {
  location: 'here',
  sku: 'Standard',
  cloud: 'AzureCloud',
  networkAccess: 'public',
  plainHttp: true,
  allowAddresses: [],
  tags: {},
} as const;

/** Starts the real lister of ingestion over the simulated cloud, if there is one. */
export const startLister = (
  { process, log, observer, discovery, declared }: Given,
  { config, owned, opened }: Pick<ConstructorParameters<typeof Lister>[0], 'config' | 'owned' | 'opened'>,
): Lister | undefined => {
  if (!discovery) return undefined;
  const { cloud, discoveries, witness, asked } = discovery;
  const lister = new Lister({
    log: withIds(log, process, discovery.nextId),
    config: changed(config, { until: (...wanted) => process.orEnded(config.until(...wanted)) }),
    discoveries,
    webhooks: new Webhooks(),
    configured: declared.map(({ registryId, loginServer, subscriptionId }) => ({
      ...unsaid,
      registryId,
      loginServer,
      subscriptionId,
      subscriptionName: subscriptionId,
    })),
    connect: () => asked(new CloudCalls(cloud, process, witness)),
    owned,
    opened,
    observer,
    deletesPercent: 20,
    clock: process,
  });
  process.atEnd(() => void lister.close());
  lister.start();
  return lister;
};
