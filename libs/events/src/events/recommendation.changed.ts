import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { BySeverity, Judged } from '../parts.ts';
import { IsTime } from '../rules.ts';
import { statuses, type Status } from '../words.ts';
import { judged, oneHigh, scanId } from './example.ts';

/** What was recommended before. */
export class PreviousStatus {
  @IsIn(statuses) status: Status;
  @IsOptional() @IsString() reason?: string;
  @ValidateNested() @Type(() => BySeverity) bySeverity: BySeverity;
}

/** Said only when status, reason or the counts of a placement change. */
export class RecommendationChanged extends Judged {
  @IsOptional() @IsString() scanId?: string;
  @IsOptional() @IsInt() @Min(1) classification?: number;
  /** Azure's key of the recommendation. */
  @IsString() assessmentKey: string;
  @IsIn(statuses) status: Status;
  /** `image-deleted` ends it. */
  @IsOptional() @IsString() reason?: string;
  @IsOptional() @ValidateNested() @Type(() => PreviousStatus) previous?: PreviousStatus;
  @ValidateNested() @Type(() => BySeverity) bySeverity: BySeverity;
  @IsInt() @Min(0) fixable: number;
  @IsInt() @Min(0) exempt: number;
  /** When this status began. */
  @IsTime() since: string;
}

export const recommendationChanged = defineEvent({
  topic: 'recommendation.changed',
  data: RecommendationChanged,
  published: true,
  summary: 'What is recommended about an image changed.',
  examples: { 1: {
    ...judged, scanId, classification: 1, assessmentKey: 'dbd0cb49-b563-45e7-9724-889e799fa648', status: 'unhealthy', bySeverity: oneHigh, fixable: 1, exempt: 0,
    since: '2026-11-24T09:15:02.600Z',
  } },
});
