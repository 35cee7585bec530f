import { Body, Controller, Get, Param, Put, Req } from '@nestjs/common';
import { badRequest, checkedSubscription } from '@assay/arm';
import { callerOf, demand, Described, NeedsSomewhere, queryOf, strictly, type ArmRequest } from '@assay/http';
import { extensionOf, hardenedImages, planMode, plans, type Mode, type Plan, type Tier } from '@assay/events';
import { PlanBody } from './plan.dto.ts';
import { knownPlan, partsOf, Plans, switchable } from './plans.ts';
import * as described from './plans.openapi.ts';

/** A plan as Assay's own command line reads it. */
interface ShownPlan {
  readonly subscriptionId: string;
  readonly plan: Plan;
  readonly tier: Tier;
  /** False for the tier Free, and for Containers with the registry extension off. */
  readonly scans: boolean;
  readonly mode: Mode;
  readonly modeBy: 'command' | 'extension' | 'plan';
  readonly from?: string;
  readonly by?: string;
  readonly why?: string;
}

/** Serves the two plans that concern Assay, with their mode, for which Azure has no member. */
@Controller('assay/plans')
export class PlansController {
  constructor(private readonly plans: Plans) {}

  @Get()
  @NeedsSomewhere('plans/read')
  @Described(described.listed)
  list(@Req() request: ArmRequest): { value: readonly ShownPlan[] } {
    const given = queryOf(request, 'subscription');
    const caller = callerOf(request);
    if (given !== undefined)
      demand(caller, 'plans/read', { kind: 'subscription', subscriptionId: checkedSubscription(given) });
    const all =
      given === undefined
        ? this.plans.subscriptions.filter((subscriptionId) =>
            caller.may('plans/read', { kind: 'subscription', subscriptionId }),
          )
        : [this.plans.known(request, given)];
    return { value: all.flatMap((subscription) => plans.map((plan) => this.#shown(subscription, plan))) };
  }

  /** Answers once the change is in force on this instance. Its effects on images follow without a pull. */
  @Put(':name')
  @NeedsSomewhere('plans/write')
  @Described(described.changed)
  async change(
    @Param('name') name: string,
    @Body(strictly(PlanBody)) body: unknown,
    @Req() request: ArmRequest,
  ): Promise<ShownPlan> {
    const { tier, mode, why } = body as PlanBody;
    const plan = switchable(knownPlan(name));
    const given = queryOf(request, 'subscription');
    if (given === undefined)
      throw badRequest('InvalidRequestContent', 'The query parameter `subscription` is required.', {
        target: 'subscription',
      });
    const subscription = checkedSubscription(given);
    demand(callerOf(request), 'plans/write', { kind: 'subscription', subscriptionId: subscription });
    this.plans.known(request, subscription);
    if (tier === undefined && mode === undefined)
      throw badRequest('InvalidRequestContent', 'Give a tier, a mode, or both.', { target: 'tier' });
    const before = this.plans.of(subscription, plan)?.changed;
    const setMode = mode === undefined ? before?.setMode : mode === 'plan' ? undefined : mode;
    const now = tier ?? before?.tier ?? 'Free';
    await this.plans.change(request, subscription, plan, {
      tier: now,
      ...(setMode ? { setMode } : {}),
      ...(now === 'Standard' && before ? partsOf(before) : {}),
      why,
    });
    return this.#shown(subscription, plan);
  }

  #shown(subscriptionId: string, plan: Plan): ShownPlan {
    const found = this.plans.of(subscriptionId, plan);
    if (!found) return { subscriptionId, plan, tier: 'Free', scans: false, mode: planMode({ plan }), modeBy: 'plan' };
    const { tier, setMode, from, by, why } = found.changed;
    const modeBy = setMode
      ? 'command'
      : extensionOf(found.changed, hardenedImages) === undefined
        ? 'plan'
        : 'extension';
    return { subscriptionId, plan, tier, scans: found.on, mode: found.mode, modeBy, from, by, ...(why ? { why } : {}) };
  }
}
