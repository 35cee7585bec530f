import { Type } from 'class-transformer';
import { IsArray, IsIn, IsNotEmpty, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTime } from '../rules.ts';
import { modes, plans, tiers, type Mode, type Plan, type Tier } from '../vocabulary.ts';

/** An extension of a plan, as in the Azure API. */
export class PlanExtension {
  /** Azure's name of the extension. */
  @IsString() @IsNotEmpty() name: string;
  /** `True` or `False`, in any case. */
  @IsString() isEnabled: string;
  /** Properties of the extension, as Azure's API takes them. */
  @IsOptional() @IsObject() additionalExtensionProperties?: Record<string, unknown>;
}

/** Switches scanning of a subscription. Scanning is on if either plan scans (`planScans`). */
export class PlanChanged {
  /** The subscription whose plan it is. */
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** Azure's name of the plan. */
  @IsIn(plans) plan: Plan;
  /** `Standard` is on, `Free` is off. */
  @IsIn(tiers) tier: Tier;
  /** The mode in which this plan assesses from now on, however it was chosen. */
  @IsIn(modes) mode: Mode;
  /** The mode that was set apart from the plan. Switching a plan without naming a mode keeps it. */
  @IsOptional() @IsIn(modes) setMode?: Mode;
  /** Kept as given, for clients that read the plan back. */
  @IsOptional() @IsString() subPlan?: string;
  /** Extensions of the plan that are on or off. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => PlanExtension) extensions?: PlanExtension[];
  /** True if lower scopes may not differ. */
  @IsOptional() @IsString() enforce?: string;
  /** For people. The position of the event in the log decides, not this time. */
  @IsTime() from: string;
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
  /** The reason given for it, in free text. */
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
