import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Length, MaxLength, ValidateNested } from 'class-validator';
import { Member, Shown } from '@assay/arm';
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
  /** By which Azure knows the author again. Assay knows him by his token, and keeps no secret of others. */
  @IsOptional() @IsString() @MaxLength(4096) secret?: string;
}

/** What an assessment is about. Its name is kept; the rest is shown by nobody, and says nothing. */
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
  /** Typed clients must send it; the path says which resource is meant. */
  @Shown() resourceDetails?: unknown;
  @Shown() links?: unknown;
  /** Where typed clients can say what it is called. */
  @IsOptional() @IsObject() @ValidateNested() @Type(() => AssessmentMetadataBody) metadata?: AssessmentMetadataBody;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => PartnersDataBody) partnersData?: PartnersDataBody;
}

/** Body of a PUT on an assessment (`Microsoft.Security/assessments`), as far as Assay keeps it. */
export class AssessmentBody {
  @Member(() => AssessmentProperties) properties: AssessmentProperties;
  @Shown() id?: unknown;
  @Shown() name?: unknown;
  @Shown() type?: unknown;
}
