import { Map as ImmutableMap } from 'immutable';
import {
  causeOf,
  isShutOff,
  planScans,
  recalledIn,
  unexpected,
  type AssayEvent,
  type Cause,
  type EventFor,
} from '@assay/events';
import type { CombinedPlans, Config, KnownRegistry, Moved, Switch } from './state.ts';

export const noConfig: Config = { registries: ImmutableMap(), subscriptions: {}, plans: {}, combined: {} };

/** Folds registries, subscriptions, plans and recalls into the config. */
export const evolveConfig = (config: Config, event: EventFor<'eligibility', 'config'>): Config => {
  switch (event.topic) {
    case 'registry.observed': {
      const id = event.data.registryId.toLowerCase();
      return { ...config, registries: config.registries.set(id, observed(config.registries.get(id), event)) };
    }
    case 'subscription.observed': {
      const { subscriptionId, removed } = event.data;
      return { ...config, subscriptions: { ...config.subscriptions, [subscriptionId.toLowerCase()]: !removed } };
    }
    case 'plan.changed': {
      const { subscriptionId, plan, mode } = event.data;
      const id = subscriptionId.toLowerCase();
      const changed: Switch = { on: planScans(event.data), mode, changed: event.data };
      const plans = { ...config.plans[id], [plan]: changed };
      return {
        ...config,
        plans: { ...config.plans, [id]: plans },
        combined: { ...config.combined, [id]: combined(config.combined[id], Object.values(plans), causeOf(event)) },
      };
    }
    case 'operator.acted':
      return recalledIn(event) === undefined ? config : { ...config, recall: causeOf(event) };
    default:
      return unexpected(event);
  }
};

const observed = (before: KnownRegistry | undefined, event: AssayEvent<'registry.observed'>): KnownRegistry => {
  const { loginServer, cloud, why, answeredAt, removed, removedImages } = event.data;
  const networkAccess = isShutOff(event.data) ? 'restricted' : 'public';
  const stated = why === undefined || answeredAt === undefined ? {} : { stated: `${why}, at ${answeredAt}` };
  const closed = removed && removedImages === 'close';
  const isSame =
    before?.loginServer === loginServer && before.cloud === cloud && before.networkAccess === networkAccess;
  // While it is closed, nothing else of it counts.
  const stays = before?.closed === closed && (closed || isSame);
  return {
    loginServer,
    cloud,
    networkAccess,
    ...stated,
    removed,
    closed,
    cause: stays ? before.cause : causeOf(event),
  };
};

const moved = <Value>(before: Moved<Value> | undefined, value: Value, cause: Cause): Moved<Value> =>
  before?.value === value ? before : { value, cause };

/** The mode stays while no plan is on: only a plan that scans moves it. */
const combined = (before: CombinedPlans | undefined, plans: readonly Switch[], cause: Cause): CombinedPlans => {
  const modes = plans.filter(({ on }) => on).map(({ mode }) => mode);
  const on = moved(before?.on, modes.length > 0, cause);
  if (before && !on.value) return { ...before, on };
  return { on, mode: moved(before?.mode, modes.includes('extended') ? 'extended' : 'classic', cause) };
};

/** Returns what the plans of a subscription come to. Undefined if none was ever switched. */
export const plansOf = (config: Config, subscriptionId: string): CombinedPlans | undefined =>
  config.combined[subscriptionId.toLowerCase()];
