import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Member, Shown } from '@assay/http';
import { tiers, type PlanExtension, type Tier } from '@assay/events';

/** Azure writes the flags of a plan as strings in any case. */
const yesOrNo = /^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$/;

export class PricingExtension implements PlanExtension {
  @IsString() @Matches(/\S/) @MaxLength(256) name: string;
  @IsString() @Matches(yesOrNo) isEnabled: string;
  @IsOptional() @IsObject() additionalExtensionProperties?: Record<string, unknown>;
  @Shown() operationStatus?: unknown;
}

export class PricingProperties {
  @IsIn(tiers) pricingTier: Tier;
  @IsOptional() @IsString() @MaxLength(256) subPlan?: string;
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => PricingExtension)
  extensions?: PricingExtension[];
  @IsOptional() @IsString() @Matches(yesOrNo) enforce?: string;
  @Shown() freeTrialRemainingTime?: unknown;
  @Shown() enablementTime?: unknown;
  @Shown() deprecated?: unknown;
  @Shown() replacedBy?: unknown;
  @Shown() inherited?: unknown;
  @Shown() inheritedFrom?: unknown;
  @Shown() resourcesCoverageStatus?: unknown;
}

/** Body of a PUT on a plan (Microsoft.Security/pricings). */
export class PricingBody {
  @Member(() => PricingProperties) properties: PricingProperties;
  @Shown() id?: unknown;
  @Shown() name?: unknown;
  @Shown() type?: unknown;
}
