import { causeOf, planScans, recalledIn, unexpected, type EventFor } from '@assay/events';
import type { Config, Switch } from './state.ts';

export const noConfig: Config = { registries: {}, plans: {} };

/** Folds registries, plans and recalls into the config. */
export const evolveConfig = (config: Config, event: EventFor<'eligibility', 'config'>): Config => {
  switch (event.topic) {
    case 'registry.observed': {
      const { registryId, loginServer, cloud, networkAccess, removed } = event.data;
      return {
        ...config,
        registries: {
          ...config.registries,
          [registryId.toLowerCase()]: { loginServer, cloud, networkAccess, removed, cause: causeOf(event) },
        },
      };
    }
    case 'plan.changed': {
      const { subscriptionId, plan, mode } = event.data;
      const subscription = subscriptionId.toLowerCase();
      const changed: Switch = { on: planScans(event.data), mode, cause: causeOf(event), changed: event.data };
      const { [plan]: _before, ...others } = config.plans[subscription] ?? {};
      return { ...config, plans: { ...config.plans, [subscription]: { ...others, [plan]: changed } } };
    }
    case 'operator.acted':
      return recalledIn(event) === undefined ? config : { ...config, recall: causeOf(event) };
    default:
      return unexpected(event);
  }
};

/**
 * Combines the plans of a subscription: on if any plan is on, extended if any plan that is on is extended. The cause is
 * the last change of any plan.
 */
export const switchOf = (config: Config, subscriptionId: string): Pick<Switch, 'on' | 'mode' | 'cause'> | undefined => {
  const plans = Object.values(config.plans[subscriptionId.toLowerCase()] ?? {});
  const last = plans.at(-1);
  if (!last) return undefined;
  const on = plans.filter((plan) => plan.on);
  return {
    on: on.length > 0,
    mode: on.some(({ mode }) => mode === 'extended') ? 'extended' : 'classic',
    cause: last.cause,
  };
};
