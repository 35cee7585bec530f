import { Type } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { IsTime, RuleCriteria } from '@assay/events';

/** Body of a rule that disables findings: all that its criteria give must hold. */
export class RuleBody {
  /** ARM id of a subscription, a resource group or a registry. */
  @IsString() @IsNotEmpty() @MaxLength(2048) scope: string;
  @ValidateNested() @Type(() => RuleCriteria) criteria: RuleCriteria;
  /** For the audit trail. */
  @IsString() @IsNotEmpty() @MaxLength(1000) reason: string;
  /** From then on the findings are back. */
  @IsOptional() @IsTime() expiresAt?: string;
}
