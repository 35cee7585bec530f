import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { modes, tiers, type Mode, type Tier } from '@assay/events';

/** `plan` removes the mode that was set, so that the plan and its extensions choose again. */
export const settableModes = [...modes, 'plan'] as const;

/** Body of a command about a plan. Absent members stay unchanged. */
export class PlanBody {
  @IsOptional() @IsIn(tiers) tier?: Tier;
  @IsOptional() @IsIn(settableModes) mode?: Mode | 'plan';
  /** For the audit trail. */
  @IsString() @Matches(/\S/) @MaxLength(1000) why: string;
}
