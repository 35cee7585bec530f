import { armApplication } from '@assay/http';
import { consumeThrough, ServiceHost, type Service, type Store } from '@assay/event-sourcing';
import { measuredRequests } from '@assay/telemetry';
import { billingControllers, BillingModule } from './billing.module.ts';
import { Closing } from './closing/closing.ts';
import { Correcting } from './correcting/correcting.ts';
import { billingProgram, priceRetryMs } from './domain/decider.ts';
import { listPrices } from './domain/prices.ts';
import { Lines } from './export/lines.ts';
import { namingBy } from './export/naming.ts';
import { announceOwners } from './ordering.ts';
import { Charges } from './read-model/charges.ts';
import { billingSettings } from './settings.ts';

export { billingProgram } from './domain/decider.ts';
export { listPrices, pricesFrom, type PriceRule } from './domain/prices.ts';
export { focusCsv } from './export/focus.ts';
export { ownersFrom } from './export/naming.ts';
export { Charges, chargesIn } from './read-model/charges.ts';
export { isPeriod } from './read-model/period.ts';
export { totalsOf, type Total } from './read-model/totals.ts';

/** Charges each assessed image once, exports the charges, closes months, and takes corrections. */
export const billing: Service = {
  name: 'billing',
  routes: [/^\/assay\/(export|charges|periods)(?=[/?]|$)/i],
  controllers: billingControllers,
  // A rebuild folds and emits nothing, so it needs no prices of its own.
  decider: billingProgram(listPrices) as never,
  settings: billingSettings,
  start: async ({ log, store, blobs, telemetry, observer, env }) => {
    const { caller, rate, publicBase, signingKey, prices, owners, issuer } = billingSettings.read(env);
    const host = new ServiceHost(billingProgram(prices), {
      log,
      store,
      observer,
      tracer: telemetry.tracer('billing'),
    });
    const { config } = host;
    const charges = new Charges({ store, log, waits: () => host.waits });
    const lines = new Lines(namingBy(() => config.value, issuer));
    const closing = new Closing({ log, store, blobs, config, charges, lines, now: Date.now });
    const app = await armApplication(
      BillingModule.of({ charges, lines, closing, correcting: new Correcting({ log, store, charges }), observer, log }),
      {
        access: caller.access,
        rate,
        publicBase,
        signingKey,
        reached: ({ topic, offsets }) => config.reached(topic, offsets[0] ?? 0),
        failed: (operation, error) => observer.failed('billing', operation, error),
        answered: measuredRequests('billing'),
      },
    );
    await consumeThrough(app, host as never);
    await announceOwners(log, config.value.owners, owners);
    const unwatch = observer.watch('charges.waiting', () => waitingIn(store, host.owned(), Date.now()));
    await app.init();
    return {
      name: 'billing',
      app,
      ready: () => charges.incompleteReason(),
      notes: () => host.notes(),
      figures: () => host.figures(),
      waits: () => host.waits,
      close: async () => {
        unwatch();
        await app.close();
      },
    };
  },
};

const mostCounted = 10_000;

/**
 * Counts images that wait for a price: billing sets a wake time for nothing else. At most 10,000 are counted per
 * partition.
 */
const waitingIn = async (store: Pick<Store, 'due'>, partitions: readonly number[], now: number): Promise<number> => {
  const due = await Promise.all(
    partitions.map((partition) => store.due(partition, now + 2 * priceRetryMs, mostCounted)),
  );
  return due.reduce((sum, { keys }) => sum + keys.length, 0);
};
