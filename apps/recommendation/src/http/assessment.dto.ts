import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { assessmentCodes, type AssessmentCode } from '@assay/events';

export class AssessmentStatusBody {
  @IsIn(assessmentCodes) code: AssessmentCode;
  @IsOptional() @IsString() @MaxLength(256) cause?: string;
  @IsOptional() @IsString() @MaxLength(4096) description?: string;
}

export class AssessmentProperties {
  @ValidateNested() @Type(() => AssessmentStatusBody) status: AssessmentStatusBody;
  @IsOptional() @IsString() @MaxLength(256) displayName?: string;
  @IsOptional() @IsObject() additionalData?: Record<string, string>;
}

/** Body of a PUT on an assessment (`Microsoft.Security/assessments`), as far as Assay keeps it. */
export class AssessmentBody {
  @ValidateNested() @Type(() => AssessmentProperties) properties: AssessmentProperties;
}
