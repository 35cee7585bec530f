import { IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Judged } from '../parts.ts';
import { IsTime } from '../rules.ts';
import { lanes, modes, type Lane, type Mode } from '../vocabulary.ts';
import { judged, scanId } from './example.ts';

/** The positive verdict: this image is to be scanned before the deadline. */
export class ScanApproved extends Judged {
  /** Id of the scan: the UUIDv5 of placement and verdict. */
  @IsString() @IsNotEmpty() scanId: string;
  /** `scan` for a push, `rescan` after a recall of the scanner. */
  @IsIn(['scan', 'rescan']) kind: 'scan' | 'rescan';
  /** The queue in which the scan waits. */
  @IsIn(lanes) lane: Lane;
  /** Until then the approval has an answer. */
  @IsTime() deadline: string;
  /** Mode of the plan: `classic` assesses images with a shell and a package manager, `extended` all. */
  @IsIn(modes) mode: Mode;
  /** `os/architecture[/variant]`. */
  @IsString() platform: string;
  /** Id of the last scanner recall known at the time of the verdict. */
  @IsOptional() @IsString() recall?: string;
}

export const scanApproved = defineEvent({
  topic: 'scan.approved',
  data: ScanApproved,
  summary: 'An image is to be scanned.',
  examples: {
    1: {
      ...judged,
      scanId,
      kind: 'scan',
      lane: 'push',
      deadline: '2026-11-24T09:30:02.345Z',
      mode: 'classic',
      platform: 'linux/amd64',
    },
  },
});
