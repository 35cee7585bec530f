import { causeOf, type AnyEvent, type AssayEvent } from '@assay/events';
import type { Config, Switch } from './state.ts';

export const noConfig: Config = { registries: {}, plans: {} };

/** The fold of `registry.observed`, `plan.changed` and `advisories.updated`. */
export const follow = (config: Config, any: AnyEvent): Config => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'registry.observed': {
      const { registryId, loginServer, cloud, networkAccess, removed } = event.data;
      return { ...config, registries: { ...config.registries, [registryId.toLowerCase()]: { loginServer, cloud, networkAccess, removed, cause: causeOf(event) } } };
    }
    case 'plan.changed': {
      const { subscriptionId, plan, tier, mode, from } = event.data;
      const subscription = subscriptionId.toLowerCase();
      const changed: Switch = { on: tier === 'Standard', mode, from, cause: causeOf(event) };
      return { ...config, plans: { ...config.plans, [subscription]: { ...config.plans[subscription], [plan]: changed } } };
    }
    case 'advisories.updated':
      return { ...config, database: { digest: event.data.database.digest, cause: causeOf(event) } };
    default:
      return config;
  }
};

/** The plan that counts: one that is on if there is one, else whichever was switched last. */
export const switchOf = (config: Config, subscriptionId: string): Switch | undefined => {
  const plans = Object.values(config.plans[subscriptionId.toLowerCase()] ?? {});
  return plans.find(({ on }) => on) ?? plans.toSorted((a, b) => b.from.localeCompare(a.from))[0];
};
