import { accessIn, armApplication } from '@assay/arm';
import { hearThrough, ServiceHost, type Service } from '@assay/event-sourcing';
import { billingControllers, BillingModule } from './billing.module.ts';
import { billingProgram } from './domain/decide.ts';
import { listPrices, pricesFrom } from './domain/prices.ts';
import { Charges } from './projection/charges.ts';

export { billingProgram } from './domain/decide.ts';
export { listPrices, pricesFrom, type PriceRule } from './domain/prices.ts';
export { focusCsv } from './export/focus.ts';
export { Charges } from './projection/charges.ts';
export { isPeriod } from './projection/period.ts';
export { totalsOf, type Total } from './projection/totals.ts';

/** Charges each assessed image once, and exports the charges. */
export const billing: Service = {
  name: 'billing',
  routes: [/^\/assay\/(export|charges)\/?(?=\?|$)/i],
  controllers: billingControllers,
  // A rebuild folds and says nothing, so it needs no prices of its own.
  program: billingProgram(listPrices) as never,
  start: async ({ log, store, telemetry, observer, env }) => {
    const host = new ServiceHost(billingProgram(pricesFrom(env.ASSAY_PRICES)), { log, store, observer, tracer: telemetry.tracer('billing') });
    const app = await armApplication(BillingModule.of(new Charges(store, log.partitions), observer), { access: accessIn(env), failed: (what, error) => observer.failed('billing', what, error) });
    await hearThrough(app, host as never);
    await app.init();
    return { name: 'billing', app, close: () => app.close() };
  },
};
