import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsNotEmpty, IsNumber, IsOptional, IsString, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTexts, IsTime } from '../rules.ts';
import { severities, type Severity } from '../vocabulary.ts';

/** All given criteria must match for a finding to be disabled. */
export class RuleCriteria {
  /** Ids of vulnerabilities or advisories, any of which may match. */
  @IsOptional() @IsTexts() vulnerabilities?: string[];
  /** Digests of images, any of which may match. */
  @IsOptional() @IsTexts() digests?: string[];
  /** Systems such as `debian` or `debian 13`, any of which may match. */
  @IsOptional() @IsTexts() operatingSystems?: string[];
  /** Matches findings of a lower severity. An unknown severity is not below any. */
  @IsOptional() @IsIn(severities) severityBelow?: Severity;
  /** Matches findings whose highest base score is lower. A finding without a score does not match. */
  @IsOptional() @IsNumber() cvssBelow?: number;
  /** Matches findings with a fixed version if true, those without one if false. */
  @IsOptional() @IsBoolean() patchable?: boolean;
}

/** A rule that disables findings in a scope (a subscription or a registry). */
export class RuleChanged {
  /** Name of the rule, unique within its scope. */
  @IsString() @IsNotEmpty() ruleId: string;
  /** ARM id. */
  @IsString() @IsNotEmpty() scope: string;
  /** The criteria, all of which must match. */
  @ValidateNested() @Type(() => RuleCriteria) criteria: RuleCriteria;
  /** Why these findings are disabled, in free text. */
  @IsString() reason: string;
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
  /** From this time on the rule disables nothing. Absent: never. */
  @IsOptional() @IsTime() expiresAt?: string;
  /** True if the rule was removed. */
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
