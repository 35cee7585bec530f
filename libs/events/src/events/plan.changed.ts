import { IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTime } from '../rules.ts';
import { modes, plans, tiers, type Mode, type Plan, type Tier } from '../words.ts';

/** A subscription's switch. Scanning is on when either plan is `Standard`. */
export class PlanChanged {
  @IsString() @IsNotEmpty() subscriptionId: string;
  @IsIn(plans) plan: Plan;
  @IsIn(tiers) tier: Tier;
  @IsIn(modes) mode: Mode;
  /** For people; what counts is that the event is in the log. */
  @IsTime() from: string;
  @IsString() by: string;
  @IsOptional() @IsString() why?: string;
}

export const planChanged = defineEvent({
  topic: 'plan.changed',
  data: PlanChanged,
  summary: 'A plan was switched on or off for a subscription.',
  examples: { 1: {
    subscriptionId: '00000000-0000-0000-0000-000000000001', plan: 'ContainerRegistry', tier: 'Standard', mode: 'classic', from: '2026-11-24T09:00:00.000Z', by: 'configuration',
  } },
});
