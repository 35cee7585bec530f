import type { Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { RegistryError, type Discoveries } from '@assay/registry';
import type { CloudCalls } from '../outside/cloud.ts';
import { changed, type Wrapped } from './wrapped.ts';

/** Mistakes with what Azure Resource Manager answers, and with what events state of registries. */

export const neverAsksBack = (): Partial<CloudCalls> => ({ isGone: () => Promise.resolve(true) });

export const overlooksCuts = (calls: CloudCalls): Partial<CloudCalls> => ({
  registries: async function* (subscriptionId) {
    try {
      yield* calls.registries(subscriptionId);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
    }
  },
});

export const firstPageOnly = (calls: CloudCalls): Partial<CloudCalls> => ({
  registries: async function* (subscriptionId) {
    let left = 2;
    for await (const each of calls.registries(subscriptionId)) if ((left -= 1) >= 0) yield each;
  },
});

export const believesEvents = (discoveries: Discoveries): Partial<Discoveries> => ({
  accessTo: ({ loginServer, discovery }) => ({
    ...discoveries.accessTo({ loginServer: 'any.azurecr.io', discovery }),
    loginServer,
  }),
});

/** Changes what a service reads that follows plans. */
export const knowsNoRestriction = (log: EventLog, store: Store): Wrapped => ({
  log: changed(log, {
    follow: (topics, options) =>
      log.follow(topics, {
        ...options,
        onBatch: (batch) =>
          options.onBatch(
            batch.topic === 'registry.observed' && topics.includes('plan.changed')
              ? {
                  ...batch,
                  records: batch.records.map((record) => ({
                    ...record,
                    value: record.value.replace('"networkAccess":"restricted"', '"networkAccess":"public"'),
                  })),
                }
              : batch,
          ),
      }),
  }),
  store,
});
