import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  badRequest,
  checkedSubscription,
  notFound,
  planNamed,
  planNames,
  unavailable,
  type PlanName,
} from '@assay/arm';
import { callerOf, clientRequestIdOf, traceparentOf, type ArmRequest, type SubscriptionNames } from '@assay/http';
import { at, planMode, plans, type Plan, type PlanChanged } from '@assay/events';
import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import { LogClient, recordOf, type EventLog } from '@assay/messaging';
import { activeTraceparent } from '@assay/telemetry';
import type { Config, Switch } from '../domain/state.ts';

export const configuredSubscriptions = Symbol('the subscriptions of the settings');
export const followedConfig = Symbol('the config that this instance follows');

/** The full new settings of a plan, without what is derived: caller, time and mode. */
export type PlanChange = Pick<PlanChanged, 'tier' | 'setMode' | 'subPlan' | 'extensions' | 'enforce' | 'why'>;

/** The plans as this instance follows them, and their changes. */
@Injectable()
export class Plans {
  constructor(
    @Inject(followedConfig) private readonly config: Followed<Config>,
    @Inject(LogClient) private readonly log: LogClient,
    @Inject(configuredSubscriptions) private readonly named: SubscriptionNames,
  ) {}

  /**
   * The id of a subscription in lower case.
   * @throws ArmError 400 if it is no id; 404 if the subscription is neither configured nor discovered, nor has a
   * registry or a plan, unless the caller may write every plan: Terraform sets a plan before the registry exists
   */
  known(request: ArmRequest, given: string): string {
    const id = checkedSubscription(given);
    if (this.subscriptions.includes(id) || callerOf(request).may('plans/write', 'everything')) return id;
    throw notFound('SubscriptionNotFound', `The subscription '${id}' could not be found.`, 'subscriptionId');
  }

  of(subscription: string, plan: PlanName): Switch | undefined {
    return this.config.value.plans[subscription.toLowerCase()]?.[plan];
  }

  /** Configured and discovered subscriptions, and those with a switched plan or a registry, in lower case, sorted. */
  get subscriptions(): readonly string[] {
    const { plans: switched, registries, subscriptions } = this.config.value;
    const discovered = Object.keys(subscriptions).filter((id) => subscriptions[id]);
    const ofRegistries = [...registries]
      .filter(([, { removed }]) => !removed)
      .flatMap(([id]) => id.split('/')[2] ?? []);
    return [...new Set([Object.keys(this.named), discovered, Object.keys(switched), ofRegistries].flat())].toSorted();
  }

  /**
   * Publishes the new settings and answers once they are in force on this instance.
   * @throws ArmError 503 if the log refuses the event, or this instance has not followed it in time
   */
  async change(request: ArmRequest, subscription: string, plan: Plan, change: PlanChange): Promise<void> {
    const id = clientRequestIdOf(request) ?? randomUUID();
    const traceparent = traceparentOf(request) ?? activeTraceparent();
    const now = new Date().toISOString();
    // A request that keeps the tier does not change the time at which the plan was switched on.
    const before = this.of(subscription, plan)?.changed;
    const from = before?.tier === change.tier ? before.from : now;
    const data: PlanChanged = {
      subscriptionId: subscription.toLowerCase(),
      plan,
      mode: planMode({ plan, ...change }),
      ...change,
      from,
      by: callerOf(request).name,
    };
    const log = this.log.unwrap<EventLog>();
    const offsets = await log
      .append([
        recordOf(
          {
            id,
            source: '/assay/eligibility',
            subject: subscription,
            time: now,
            correlationid: id,
            topic: 'plan.changed',
            ...(traceparent ? { traceparent } : {}),
            data,
          },
          log.partitions,
        ),
      ])
      .catch(() => {
        throw unavailable('The log does not accept events at the moment.', 5);
      });
    const offset = at(offsets, 0);
    // Compare offsets, not ids: another change of the same plan may be followed in the same batch.
    if (!(await this.config.until(() => (this.config.offsets['plan.changed'] ?? 0) > offset)))
      throw unavailable('The change is recorded, but does not apply here yet.');
  }
}

/** Returns the settings of a plan besides tier and mode. */
export const partsOf = ({
  subPlan,
  extensions,
  enforce,
}: PlanChanged): Pick<PlanChange, 'subPlan' | 'extensions' | 'enforce'> => ({
  ...(subPlan === undefined ? {} : { subPlan }),
  ...(extensions ? { extensions } : {}),
  ...(enforce === undefined ? {} : { enforce }),
});

/** @throws ArmError 404 */
export const knownPlan = (name: string): PlanName => {
  const plan = planNamed(name);
  if (!plan)
    throw notFound(
      'PricingNotFound',
      `There is no plan '${name}'. The plans are: ${planNames.join(', ')}.`,
      'pricingName',
    );
  return plan;
};

/** @throws ArmError 400 for an existing plan that does not concern images */
export const switchable = (plan: PlanName): Plan => {
  const own = plans.find((one) => one === plan);
  if (!own)
    throw badRequest(
      'InvalidRequestContent',
      `Assay does not implement the plan '${plan}'; it can switch ContainerRegistry and Containers.`,
      { target: 'pricingName' },
    );
  return own;
};
