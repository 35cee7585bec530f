import { Type } from 'class-transformer';
import { IsArray, IsIn, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTime } from '../rules.ts';
import { modes, plans, tiers, type Mode, type Plan, type Tier } from '../vocabulary.ts';

/** A part of a plan, as clients of Azure know them. */
export class PlanExtension {
  @IsString() @IsNotEmpty() name: string;
  /** `True` or `False`, in whatever case. */
  @IsString() isEnabled: string;
  @IsOptional() @IsObject() additionalExtensionProperties?: Record<string, unknown>;
}

/** A subscription's switch. Scanning is on when either plan scans (`planScans`). */
export class PlanChanged {
  @IsString() @IsNotEmpty() subscriptionId: string;
  @IsIn(plans) plan: Plan;
  @IsIn(tiers) tier: Tier;
  /** How this plan assesses since then, whatever chose it. */
  @IsIn(modes) mode: Mode;
  /** What was set apart from the plan; a plan that is switched without a word about it leaves it. */
  @IsOptional() @IsIn(modes) setMode?: Mode;
  /** Kept as they were given, for whoever reads the plan back. */
  @IsOptional() @IsString() subPlan?: string;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => PlanExtension) extensions?: PlanExtension[];
  @IsOptional() @IsString() enforce?: string;
  /** For people; what counts is that the event is in the log. */
  @IsTime() from: string;
  @IsString() by: string;
  @IsOptional() @IsString() why?: string;
}

export const planChanged = defineEvent({
  topic: 'plan.changed',
  data: PlanChanged,
  summary: 'A plan was switched on or off for a subscription.',
  examples: {
    1: {
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      plan: 'ContainerRegistry',
      tier: 'Standard',
      mode: 'classic',
      from: '2026-11-24T09:00:00.000Z',
      by: 'configuration',
    },
  },
});
