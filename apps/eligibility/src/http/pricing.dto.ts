import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';
import { tiers, type Tier } from '@assay/events';

export class PricingProperties {
  @IsIn(tiers) pricingTier: Tier;
  @IsOptional() @IsString() subPlan?: string;
}

/** Body of a PUT on a plan (Microsoft.Security/pricings). */
export class PricingBody {
  @ValidateNested() @Type(() => PricingProperties) properties: PricingProperties;
}
