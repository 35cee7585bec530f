import { Type } from 'class-transformer';
import { IsArray, IsIn, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTime } from '../rules.ts';
import { modes, plans, tiers, type Mode, type Plan, type Tier } from '../vocabulary.ts';

/** An extension of a plan, as in the Azure API. */
export class PlanExtension {
  @IsString() @IsNotEmpty() name: string;
  /** `True` or `False`, in any case. */
  @IsString() isEnabled: string;
  @IsOptional() @IsObject() additionalExtensionProperties?: Record<string, unknown>;
}

/** Switches scanning of a subscription. Scanning is on if either plan scans (`planScans`). */
export class PlanChanged {
  @IsString() @IsNotEmpty() subscriptionId: string;
  @IsIn(plans) plan: Plan;
  @IsIn(tiers) tier: Tier;
  /** The mode in which this plan assesses from now on, however it was chosen. */
  @IsIn(modes) mode: Mode;
  /** The mode that was set apart from the plan. Switching a plan without naming a mode keeps it. */
  @IsOptional() @IsIn(modes) setMode?: Mode;
  /** Kept as given, for clients that read the plan back. */
  @IsOptional() @IsString() subPlan?: string;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => PlanExtension) extensions?: PlanExtension[];
  @IsOptional() @IsString() enforce?: string;
  /** For people. The position of the event in the log decides, not this time. */
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
