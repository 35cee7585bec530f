import { openRedisStore, redisSettings, type Store } from '@assay/event-sourcing';
import type { App } from '@assay/events';
import { Api } from '../../apps/assay/dist/client/api.js';
import { services } from '../../apps/assay/dist/suite/suite.js';
import type { DistributedSuite } from '../distributed/suite.ts';
import type { Answers } from './checker/answers.ts';
import type { Rebuildable } from './checker/projections.ts';
import type { Scene } from './scene/scene.ts';

/** What each service keeps, seen from outside. */
export const openStores = async ({ env, partitions }: Pick<Scene, 'env' | 'partitions'>): Promise<readonly Rebuildable[]> =>
  Promise.all(services.map(async ({ name, program }) => ({
    app: name as App, program, store: await openRedisStore({ settings: redisSettings(env), service: name, partitions, onError: () => undefined }) satisfies Store,
  })));

/** All that the public API says. */
export const askApi = async ({ endpoint: { url, token } }: Pick<DistributedSuite, 'endpoint'>): Promise<Answers> => {
  const api = new Api(url, token);
  return { images: await api.images(), charges: (await api.charges()).value as Answers['charges'], export: await api.export('focus-csv') };
};
