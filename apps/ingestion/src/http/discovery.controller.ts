import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ArmError, notFound } from '@assay/arm';
import { callerOf, Described, Needs, NeedsSomewhere, type ArmRequest } from '@assay/http';
import { DiscoveryOrders } from '../discovery/orders.ts';
import type { ListingStanding } from '../discovery/outcomes.ts';
import type { IngestRequest } from './answers.ts';
import * as described from './discovery.openapi.ts';
import { marksOf, whyIn } from './sweeps.controller.ts';

/** The state of the listings of all subscriptions, and the order to remove what is gone from one. */
@Controller('assay/discovery')
export class DiscoveryController {
  constructor(private readonly orders: DiscoveryOrders) {}

  @Get()
  @NeedsSomewhere('sweeps/read')
  @Described(described.listed)
  list(@Req() request: ArmRequest): { readonly value: readonly ListingStanding[]; readonly error: string | null } {
    const caller = callerOf(request);
    const value = this.orders
      .all()
      .filter(({ subscriptionId }) => caller.may('sweeps/read', { kind: 'subscription', subscriptionId }));
    return { value, error: this.orders.error };
  }

  /** Answers once the order is consumed here. The listing follows. */
  @Post(':subscription/confirm')
  @HttpCode(200)
  @Needs('sweeps/write')
  @Described(described.confirmed)
  async confirm(
    @Param('subscription') subscription: string,
    @Req() request: ArmRequest & IngestRequest,
  ): Promise<{ readonly value: readonly ListingStanding[] }> {
    const { why } = whyIn(request);
    const listings = this.orders.all().filter((each) => each.subscriptionId === subscription.toLowerCase());
    if (listings.length === 0) throw notFound('SubscriptionNotFound', 'No discovery lists that subscription.');
    const held = listings.filter(({ gone }) => gone !== undefined);
    if (held.length === 0)
      throw new ArmError(409, 'NothingHeld', `No removal is held in ${subscription}: there is nothing to confirm.`);
    return { value: await this.orders.confirm(held, { by: callerOf(request).name, why }, marksOf(request)) };
  }
}
