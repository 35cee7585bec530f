import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Inject, Param, Put, Req, UseGuards } from '@nestjs/common';
import { apiVersions, badRequest, callerOf, checkedSubscription, clientRequestIdOf, Described, Needs, notFound, planNamed, planNames, pricingOf, securityApiVersions, traceparentOf, unavailable, whyOf, type ArmRequest, type PlanName, type Pricing } from '@assay/arm';
import type { AssayEvent, Plan } from '@assay/events';
import type { Config as Followed } from '@assay/event-sourcing';
import { LogClient, recordOf, type EventLog } from '@assay/messaging';
import { activeTraceparent } from '@assay/telemetry';
import type { Config } from '../domain/state.ts';
import { PricingBody } from './pricing.dto.ts';
import * as described from './pricings.described.ts';

export const followedConfig = Symbol('the config that this instance follows');

/** The plans of a subscription: what switches Assay on and off. */
@Controller('subscriptions/:subscriptionId/providers/Microsoft.Security/pricings')
@UseGuards(apiVersions(securityApiVersions))
export class PricingsController {
  constructor(@Inject(followedConfig) private readonly config: Followed<Config>, @Inject(LogClient) private readonly log: LogClient) {}

  @Get()
  @Needs('plans/read')
  @Described(described.listed)
  list(@Param('subscriptionId') subscription: string): { value: Pricing[] } {
    return { value: planNames.map((plan) => this.#pricing(checkedSubscription(subscription), plan)) };
  }

  @Get(':name')
  @Needs('plans/read')
  @Described(described.shown)
  get(@Param('subscriptionId') subscription: string, @Param('name') name: string): Pricing {
    return this.#pricing(checkedSubscription(subscription), known(name));
  }

  @Put(':name')
  @Needs('plans/write')
  @Described(described.updated)
  async update(@Param('subscriptionId') subscription: string, @Param('name') name: string, @Body() body: PricingBody, @Req() request: ArmRequest): Promise<Pricing> {
    const plan = known(name);
    // A body that is missing, or a list, never reaches the checks of the DTO.
    const tier = (body as PricingBody | undefined)?.properties?.pricingTier;
    if (tier === undefined) throw badRequest('InvalidRequestContent', 'The request content must be an object with properties.pricingTier.', { target: 'properties' });
    if (plan !== 'ContainerRegistry' && plan !== 'Containers') {
      throw badRequest('InvalidRequestContent', `Assay has no part in the plan '${plan}'; it can switch ContainerRegistry and Containers.`, { target: 'pricingName' });
    }
    const id = clientRequestIdOf(request) ?? randomUUID();
    const traceparent = traceparentOf(request) ?? activeTraceparent();
    const now = new Date().toISOString();
    const offset = await this.#append({
      id, source: '/assay/eligibility', subject: checkedSubscription(subscription), time: now, correlationid: id, topic: 'plan.changed', ...(traceparent ? { traceparent } : {}),
      data: { subscriptionId: subscription.toLowerCase(), plan: plan satisfies Plan, tier, mode: this.#switch(subscription, plan)?.mode ?? 'classic', from: now, by: callerOf(request).name, why: whyOf(request) },
    });
    // By its place in the log, not by its id: another change of the same plan may be followed in the same breath.
    if (!await this.config.until(() => (this.config.offsets['plan.changed'] ?? 0) > offset)) throw unavailable('The change is recorded, but not in force here yet.');
    return this.#pricing(subscription, plan);
  }

  async #append(event: AssayEvent<'plan.changed'>): Promise<number> {
    const log = this.log.unwrap<EventLog>();
    const [offset] = await log.append([recordOf(event, log.partitions)]).catch(() => { throw unavailable('The log does not take anything just now.', 5); });
    return offset!;
  }

  #switch(subscription: string, plan: PlanName) {
    return this.config.value.plans[subscription.toLowerCase()]?.[plan];
  }

  #pricing(subscription: string, plan: PlanName): Pricing {
    const found = this.#switch(subscription, plan);
    return pricingOf(subscription, plan, found?.on ? 'Standard' : 'Free', found?.from);
  }
}

const known = (name: string): PlanName => {
  const plan = planNamed(name);
  if (!plan) throw notFound('PricingNotFound', `There is no plan '${name}'. The plans are: ${planNames.join(', ')}.`, 'pricingName');
  return plan;
};
