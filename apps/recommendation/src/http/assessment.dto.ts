import { IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { Member, Shown } from '@assay/arm';
import { assessmentCodes, type AssessmentCode } from '@assay/events';

export class AssessmentStatusBody {
  @IsIn(assessmentCodes) code: AssessmentCode;
  @IsOptional() @IsString() @MaxLength(256) cause?: string;
  @IsOptional() @IsString() @MaxLength(4096) description?: string;
  @Shown() firstEvaluationDate?: unknown;
  @Shown() statusChangeDate?: unknown;
}

export class AssessmentProperties {
  @Member(() => AssessmentStatusBody) status: AssessmentStatusBody;
  @IsOptional() @IsString() @MaxLength(256) displayName?: string;
  @IsOptional() @IsObject() additionalData?: Record<string, string>;
  /** Typed clients must send it; the path says which resource is meant. */
  @Shown() resourceDetails?: unknown;
  @Shown() links?: unknown;
  @Shown() metadata?: unknown;
}

/** Body of a PUT on an assessment (`Microsoft.Security/assessments`), as far as Assay keeps it. */
export class AssessmentBody {
  @Member(() => AssessmentProperties) properties: AssessmentProperties;
  @Shown() id?: unknown;
  @Shown() name?: unknown;
  @Shown() type?: unknown;
}
