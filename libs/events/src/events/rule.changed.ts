import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsNotEmpty, IsNumber, IsOptional, IsString, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTexts, IsTime } from '../rules.ts';
import { severities, type Severity } from '../vocabulary.ts';

/** All given criteria must match for a finding to be disabled. */
export class RuleCriteria {
  @IsOptional() @IsTexts() vulnerabilities?: string[];
  @IsOptional() @IsTexts() digests?: string[];
  @IsOptional() @IsTexts() operatingSystems?: string[];
  @IsOptional() @IsIn(severities) severityBelow?: Severity;
  @IsOptional() @IsNumber() cvssBelow?: number;
  @IsOptional() @IsBoolean() patchable?: boolean;
}

/** A rule that disables findings in a scope (a subscription or a registry). */
export class RuleChanged {
  @IsString() @IsNotEmpty() ruleId: string;
  /** ARM id. */
  @IsString() @IsNotEmpty() scope: string;
  @ValidateNested() @Type(() => RuleCriteria) criteria: RuleCriteria;
  @IsString() reason: string;
  @IsString() by: string;
  @IsOptional() @IsTime() expiresAt?: string;
  @IsBoolean() removed: boolean;
}

export const ruleChanged = defineEvent({
  topic: 'rule.changed',
  data: RuleChanged,
  summary: 'A rule that disables findings was made, changed or removed.',
  examples: {
    1: {
      ruleId: 'no-fix',
      scope: '/subscriptions/00000000-0000-0000-0000-000000000001',
      criteria: { patchable: false },
      reason: 'Nothing can be done about them.',
      by: 'ana',
      removed: false,
    },
  },
});
