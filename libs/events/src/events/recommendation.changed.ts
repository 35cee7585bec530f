import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Min,
  ValidateNested,
} from 'class-validator';
import { defineEvent } from '../definition.ts';
import { BySeverity, Push } from '../parts.ts';
import { IsDigest, IsTexts, IsTime } from '../rules.ts';
import { statuses, type Status } from '../vocabulary.ts';
import { judged, oneHigh, scanId } from './example.ts';

/** The previous recommendation. */
export class PreviousStatus {
  /** The status. */
  @IsIn(statuses) status: Status;
  /** A code, for a status that has a reason. */
  @IsOptional() @IsString() reason?: string;
  /** Number of active findings by severity. */
  @ValidateNested() @Type(() => BySeverity) bySeverity: BySeverity;
}

/** A finding, by its id and vulnerability. */
export class NamedFinding {
  /** Derived id of the finding. */
  @IsString() @IsNotEmpty() findingId: string;
  /** Id of the vulnerability. */
  @IsString() @IsNotEmpty() vulnerability: string;
}

/** The findings added or removed since the previous recommendation. */
export class MovedFindings {
  /** Number of all such findings, not only of those listed. */
  @IsInt() @Min(0) count: number;
  /** The most severe of them, at most 20. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => NamedFinding) findings: NamedFinding[];
}

/** Since when an image has no tag, as far as was known when the event was published. */
export class Untagged {
  /** When the registry was asked. */
  @IsTime() since: string;
  /** The digest that the last tag which moved away names. Absent if its tags are gone. */
  @IsOptional() @IsDigest() successor?: string;
}

/** Most clusters that an event names. */
export const mostClusters = 50;

/**
 * Emitted when the status, reason, counts or findings of a placement change, even if only time passed. The last event
 * of a placement counts.
 */
export class RecommendationChanged extends Push {
  /** Absent if the push was never answered: it is `overdue`. */
  @IsOptional() @IsInt() @Min(1) verdict?: number;
  /** Id of the scan: the UUIDv5 of placement and verdict. */
  @IsOptional() @IsString() scanId?: string;
  /** Number of the classification that it rests on. Absent if there is none. */
  @IsOptional() @IsInt() @Min(1) classification?: number;
  /** Azure's key of the recommendation. */
  @IsString() assessmentKey: string;
  /** The status that is recommended about. */
  @IsIn(statuses) status: Status;
  /** `image-deleted` ends the recommendation. `stale` and `overdue` result from time alone. */
  @IsOptional() @IsString() reason?: string;
  /** The recommendation before. Absent for the first one. */
  @IsOptional() @ValidateNested() @Type(() => PreviousStatus) previous?: PreviousStatus;
  /** Number of active findings by severity. */
  @ValidateNested() @Type(() => BySeverity) bySeverity: BySeverity;
  /** Number of active findings with a fixed version. */
  @IsInt() @Min(0) fixable: number;
  /** Number of findings that a rule disables. */
  @IsInt() @Min(0) exempt: number;
  /** Identifies the set of findings that count: equal sets have equal values. */
  @IsOptional() @IsString() @IsNotEmpty() findingSet?: string;
  /** Findings that count now and did not count before. Absent if unknown. */
  @IsOptional() @ValidateNested() @Type(() => MovedFindings) added?: MovedFindings;
  /** Findings that counted before and no longer do. Absent if unknown. */
  @IsOptional() @ValidateNested() @Type(() => MovedFindings) removed?: MovedFindings;
  /** When this status began. */
  @IsTime() since: string;
  /** Absent while the image has a tag, and before it ever had one. A change of it alone is not published. */
  @IsOptional() @ValidateNested() @Type(() => Untagged) untagged?: Untagged;
  /** Clusters that were not seen without the digest since they reported it, sorted, at most 50. As `untagged`. */
  @IsOptional() @IsTexts() @ArrayMaxSize(mostClusters) runningIn?: string[];
}

const first = {
  ...judged,
  scanId,
  classification: 1,
  assessmentKey: 'dbd0cb49-b563-45e7-9724-889e799fa648',
  status: 'unhealthy',
  bySeverity: oneHigh,
  fixable: 1,
  exempt: 0,
  since: '2026-11-24T09:15:02.600Z',
};

export const recommendationChanged = defineEvent({
  topic: 'recommendation.changed',
  version: 2,
  data: RecommendationChanged,
  published: true,
  summary: 'What is recommended about an image changed.',
  // Every event of version 1 is valid in version 2. Version 1 always had a verdict, knew counts only, and was never
  // emitted by time alone.
  upcasters: { 1: (data) => data },
  examples: {
    1: first,
    2: {
      ...first,
      findingSet: '2a7f2c0e-1c1f-5d51-9a0e-6a8e0f6d7b52',
      added: {
        count: 1,
        findings: [{ findingId: '0c0cf1a0-93fb-5b0c-8a1f-0a6f6a6f9f10', vulnerability: 'CVE-2026-1967' }],
      },
      removed: { count: 0, findings: [] },
      untagged: { since: '2026-11-25T08:00:00.000Z', successor: `sha256:${'6'.repeat(64)}` },
      runningIn: ['prod'],
    },
  },
});
