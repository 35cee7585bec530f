import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Min,
  ValidateNested,
} from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Database, Inventory, Judged, OperatingSystem, ScannedFinding, Scanner, Witness } from '../parts.ts';
import { IsDigest, IsTexts, IsTime } from '../rules.ts';
import { modes, outcomes, type Mode, type Outcome } from '../vocabulary.ts';
import { database, finding, inventory, judged, scanId, scanner, witness } from './example.ts';

/** How Red Hat built a package. Its advisories differ by build. */
export class Build {
  @IsOptional() @IsTexts() contentSets?: string[];
  /** Name, version and release of the image that brought the package. */
  @IsOptional() @IsString() nvr?: string;
  @IsOptional() @IsString() architecture?: string;
}

/**
 * One package of the inventory. From it, a scanner finds the same as in the image itself. Older events lack some of the
 * optional fields.
 */
export class Package {
  @IsString() @IsNotEmpty() name: string;
  @IsString() version: string;
  @IsString() type: string;
  @IsOptional() @IsString() sourcePackage?: string;
  /** Of the source package, as package managers write it: epoch, version, release. */
  @IsOptional() @IsString() sourceVersion?: string;
  /** Package URL. */
  @IsString() purl: string;
  /** The name used in `dependsOn` of other packages, if it is not `<name>@<version>`. */
  @IsOptional() @IsString() @IsNotEmpty() id?: string;
  /** The packages that this package needs. */
  @IsOptional() @IsTexts() dependsOn?: string[];
  @IsOptional() @IsTexts() licenses?: string[];
  /** The stream of a Red Hat module that the package belongs to. */
  @IsOptional() @IsString() modularityLabel?: string;
  @IsOptional() @ValidateNested() @Type(() => Build) build?: Build;
  /** Path in the image. System packages have none, as their files are all over the image. */
  @IsOptional() @IsString() path?: string;
  /** The file that lists this package among others: a lock file or a binary. */
  @IsOptional() @IsString() foundIn?: string;
  /** The digest of the layer that added the package. */
  @IsOptional() @IsString() layer?: string;
}

/** The place of the scanner's own report. */
export class Report {
  @IsString() dataref: string;
  @IsDigest() sha256: string;
  @IsInt() @Min(0) bytes: number;
}

/** The result of a scan. The head is in every page; `findings`, then `packages`, are split across the pages. */
export class ScanCompleted extends Judged {
  @IsInt() @Min(1) page: number;
  @IsInt() @Min(1) pages: number;
  @IsString() @IsNotEmpty() scanId: string;
  @IsIn(['scan', 'rescan']) kind: 'scan' | 'rescan';
  @IsIn(modes) mode: Mode;
  @IsIn(outcomes) outcome: Outcome;
  /** A code, if the outcome is not `succeeded`. */
  @IsOptional() @IsString() reason?: string;
  @IsInt() @Min(0) attempt: number;
  /** For a failed scan: it is retried, and a better result may follow. */
  @IsOptional() @IsBoolean() trying?: boolean;
  /** True for a rescan with the same findings as before. */
  @IsOptional() @IsBoolean() unchanged?: boolean;
  /** The scan that this result was taken from, if the digest was scanned already. */
  @IsOptional() @IsString() joinedScanId?: string;
  /**
   * How the registry proved that it has the image of the joined result: `word` (it confirmed it) or `bytes`. Absent if
   * it proved that before.
   */
  @IsOptional() @IsString() shown?: string;
  @IsTime() startedAt: string;
  @IsInt() @Min(0) scannerMs: number;
  @IsInt() @Min(0) pullMs: number;
  @ValidateNested() @Type(() => Scanner) scanner: Scanner;
  @ValidateNested() @Type(() => Database) database: Database;
  @IsString() driver: string;
  @IsOptional() @ValidateNested() @Type(() => OperatingSystem) os?: OperatingSystem;
  /** Absent if no witness looked at the image. Then an absence of findings proves nothing. */
  @IsOptional() @ValidateNested() @Type(() => Witness) witness?: Witness;
  @IsOptional() @ValidateNested() @Type(() => Inventory) inventory?: Inventory;
  /** Words of `scannerWarnings`: `packages-unreadable` if the scanner left out packages that it could not read. */
  @IsOptional() @IsTexts() warnings?: string[];
  @IsOptional() @ValidateNested() @Type(() => Report) report?: Report;
  @IsArray() @ValidateNested({ each: true }) @Type(() => ScannedFinding) findings: ScannedFinding[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => Package) packages: Package[];
}

export const scanCompleted = defineEvent({
  topic: 'scan.completed',
  data: ScanCompleted,
  published: true,
  summary: 'A scan ended: its outcome, its findings and its inventory.',
  paged: ['findings', 'packages'],
  examples: {
    1: {
      ...judged,
      page: 1,
      pages: 1,
      scanId,
      kind: 'scan',
      mode: 'classic',
      outcome: 'succeeded',
      attempt: 1,
      startedAt: '2026-11-24T09:15:02.400Z',
      scannerMs: 97,
      pullMs: 12,
      scanner,
      database,
      driver: 'bwrap',
      os: { family: 'debian', version: '13.0', endOfLife: false },
      witness,
      inventory,
      report: { dataref: 'sha256/' + '3'.repeat(64), sha256: 'sha256:' + '3'.repeat(64), bytes: 512 },
      findings: [finding],
      packages: [
        {
          name: 'libssl3',
          version: '3.5.1-1',
          type: 'debian',
          sourcePackage: 'openssl',
          sourceVersion: '3.5.1-1',
          purl: 'pkg:deb/debian/libssl3@3.5.1-1?arch=amd64&distro=debian-13.0',
          dependsOn: ['libc6@2.41-12'],
          licenses: ['Apache-2.0'],
          layer: 'sha256:' + '4'.repeat(64),
        },
      ],
    },
  },
});
