import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Member } from '@assay/http';
import { digestPattern, IsTime, severities, type RuleCriteria, type Severity } from '@assay/events';

const mostInList = 1000;

const IsList = (): PropertyDecorator => (target, property) => {
  for (const check of [IsOptional(), IsArray(), ArrayNotEmpty(), ArrayMaxSize(mostInList), IsString({ each: true })])
    check(target, property);
};

/** No surrounding spaces: the text is compared as it is. */
const named = /^\S(.*\S)?$/;

/** Unknown is left out: no severity is below it. */
const bounds = severities.filter((severity) => severity !== 'Unknown');

/**
 * All given criteria must hold. Criteria that can never hold, or have no meaning, are refused as a mistake of the
 * author.
 */
export class RuleCriteriaBody implements RuleCriteria {
  @IsList() @Matches(named, { each: true }) @MaxLength(128, { each: true }) vulnerabilities?: string[];
  @IsList() @Matches(digestPattern, { each: true }) digests?: string[];
  @IsList() @Matches(named, { each: true }) @MaxLength(128, { each: true }) operatingSystems?: string[];
  @IsOptional() @IsIn(bounds) severityBelow?: Severity;
  @IsOptional() @IsNumber() @Min(0) @Max(10) cvssBelow?: number;
  @IsOptional() @IsBoolean() patchable?: boolean;
}

/** Body of a rule that disables findings: all given criteria must hold. */
export class RuleBody {
  /** ARM id of a subscription, a resource group or a registry. */
  @IsString() @IsNotEmpty() @MaxLength(2048) scope: string;
  @Member(() => RuleCriteriaBody) criteria: RuleCriteriaBody;
  /** For the audit trail. */
  @IsString() @Matches(/\S/) @MaxLength(1000) reason: string;
  /** From then on the findings count again. */
  @IsOptional() @IsTime() expiresAt?: string;
}

/** Body of the preview of a rule: as that of the rule, but nothing is written that would need a reason. */
export class RulePreviewBody {
  /** ARM id of a subscription, a resource group or a registry. */
  @IsString() @IsNotEmpty() @MaxLength(2048) scope: string;
  @Member(() => RuleCriteriaBody) criteria: RuleCriteriaBody;
  @IsOptional() @IsString() @MaxLength(1000) reason?: string;
  @IsOptional() @IsTime() expiresAt?: string;
}
