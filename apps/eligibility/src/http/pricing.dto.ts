import { IsIn, IsOptional, IsString } from 'class-validator';
import { Member, Shown } from '@assay/arm';
import { tiers, type Tier } from '@assay/events';

export class PricingProperties {
  @IsIn(tiers) pricingTier: Tier;
  @IsOptional() @IsString() subPlan?: string;
  @Shown() freeTrialRemainingTime?: unknown;
  @Shown() enablementTime?: unknown;
  @Shown() deprecated?: unknown;
  @Shown() replacedBy?: unknown;
}

/** Body of a PUT on a plan (Microsoft.Security/pricings). */
export class PricingBody {
  @Member(() => PricingProperties) properties: PricingProperties;
  @Shown() id?: unknown;
  @Shown() name?: unknown;
  @Shown() type?: unknown;
}
