import { IsBoolean, IsIn, IsNotEmpty, IsObject, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTime } from '../rules.ts';
import { assessmentCodes, type AssessmentCode } from '../vocabulary.ts';

/** An assessment of a resource by another product than Assay, in the form of `Microsoft.Security/assessments`. */
export class AssessmentWritten {
  /** ARM id of a subscription, a resource group or a registry. */
  @IsString() @IsNotEmpty() resourceId: string;
  /** A GUID: the kind of assessment. */
  @IsString() @IsNotEmpty() assessmentKey: string;
  /** Name for people. */
  @IsString() displayName: string;
  /** Azure's code of the status. */
  @IsIn(assessmentCodes) code: AssessmentCode;
  /** Azure's cause of the status, in free text. */
  @IsString() cause: string;
  /** Explanation of the status, in free text. */
  @IsString() description: string;
  /** Further texts of the writer, by name. */
  @IsObject() additionalData: Record<string, string>;
  /** When it was written for the first time. */
  @IsTime() firstEvaluatedAt: string;
  /** When the code last changed. */
  @IsTime() changedAt: string;
  /** The product that made the assessment, as named by its vendor. */
  @IsOptional() @IsString() partnerName?: string;
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
  /** The reason given for it, in free text. */
  @IsOptional() @IsString() why?: string;
  /** True if the assessment was deleted. */
  @IsBoolean() removed: boolean;
}

export const assessmentWritten = defineEvent({
  topic: 'assessment.written',
  data: AssessmentWritten,
  summary: 'Somebody else than Assay wrote, changed or removed an assessment of a resource.',
  examples: {
    1: {
      resourceId: '/subscriptions/00000000-0000-0000-0000-000000000001',
      assessmentKey: '3f2b6ad8-0b3a-4a52-9d4c-0d8f4c8a1b11',
      displayName: 'Images should be signed',
      code: 'Unhealthy',
      cause: '',
      description: 'Two are not.',
      additionalData: { images: '2' },
      firstEvaluatedAt: '2026-11-24T09:00:00.000Z',
      changedAt: '2026-11-24T09:00:00.000Z',
      partnerName: 'Signers',
      by: 'ana',
      removed: false,
    },
  },
});
