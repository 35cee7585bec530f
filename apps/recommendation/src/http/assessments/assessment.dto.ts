import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Length, MaxLength, ValidateNested } from 'class-validator';
import { Member, Shown } from '@assay/http';
import { assessmentCodes, type AssessmentCode } from '@assay/events';

export class AssessmentStatusBody {
  @IsIn(assessmentCodes) code: AssessmentCode;
  @IsOptional() @IsString() @MaxLength(256) cause?: string;
  @IsOptional() @IsString() @MaxLength(4096) description?: string;
  @Shown() firstEvaluationDate?: unknown;
  @Shown() statusChangeDate?: unknown;
}

export class PartnersDataBody {
  @IsString() @MaxLength(256) partnerName: string;
  /**
   * Azure identifies the author by this secret. Assay identifies the author by the token, and stores no secrets of
   * others.
   */
  @IsOptional() @IsString() @MaxLength(4096) secret?: string;
}

/** Metadata of an assessment. Only its name is stored; the rest has no effect. */
export class AssessmentMetadataBody {
  @IsOptional() @IsString() @Length(1, 256) displayName?: string;
  @Shown() policyDefinitionId?: unknown;
  @Shown() description?: unknown;
  @Shown() remediationDescription?: unknown;
  @Shown() categories?: unknown;
  @Shown() severity?: unknown;
  @Shown() userImpact?: unknown;
  @Shown() implementationEffort?: unknown;
  @Shown() threats?: unknown;
  @Shown() preview?: unknown;
  @Shown() assessmentType?: unknown;
  @Shown() partnerData?: unknown;
  @Shown() publishDates?: unknown;
  @Shown() plannedDeprecationDate?: unknown;
  @Shown() tactics?: unknown;
  @Shown() techniques?: unknown;
}

export class AssessmentProperties {
  @Member(() => AssessmentStatusBody) status: AssessmentStatusBody;
  @IsOptional() @IsString() @MaxLength(256) displayName?: string;
  @IsOptional() @IsObject() additionalData?: Record<string, string>;
  /** Typed clients must send it, but the path names the resource. */
  @Shown() resourceDetails?: unknown;
  @Shown() links?: unknown;
  /** Typed clients can give a name here. */
  @IsOptional() @IsObject() @ValidateNested() @Type(() => AssessmentMetadataBody) metadata?: AssessmentMetadataBody;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => PartnersDataBody) partnersData?: PartnersDataBody;
}

/** Body of a PUT on an assessment (`Microsoft.Security/assessments`), as far as Assay stores it. */
export class AssessmentBody {
  @Member(() => AssessmentProperties) properties: AssessmentProperties;
  @Shown() id?: unknown;
  @Shown() name?: unknown;
  @Shown() type?: unknown;
}
