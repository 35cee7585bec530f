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
import { BlobReference, Database } from '../parts.ts';
import { IsDigest, IsTexts } from '../rules.ts';
import { AdvisoryFamily } from './advisories.updated.ts';
import { database } from './example.ts';

/** A package of images, some of whose findings rest on advisories that a database takes away. */
export class LosingPackage {
  /** The bucket of its advisories, as the scanner's database names it. */
  @IsString() @IsNotEmpty() bucket: string;
  /** Its name in the advisories. */
  @IsString() package: string;
  /** Findings that would close. */
  @IsInt() @Min(0) closing: number;
  /** The part of its advisories that goes. */
  @IsIn(['all', 'some']) loses: 'all' | 'some';
}

/** The consequences that a database would have for images that have a result. */
export class Consequences {
  /** Images that have a result. */
  @IsInt() @Min(0) images: number;
  /** Their findings. */
  @IsInt() @Min(0) findings: number;
  /** Findings that would close, because their advisory is gone. */
  @IsInt() @Min(0) closing: number;
  /** Images with such a finding. */
  @IsInt() @Min(0) changed: number;
  /** Images with findings of which none would be left for certain: all of them would close, or may. */
  @IsInt() @Min(0) healthy: number;
  /** Images whose release, or a language with findings, would have no advisories any more. */
  @IsInt() @Min(0) uncovered: number;
  /** Findings whose advisory would match less, such as by another version. Some of them may close. */
  @IsInt() @Min(0) weakened: number;
  /** Findings of vulnerabilities that are rated lower, or not any more. */
  @IsInt() @Min(0) lowered: number;
  /** Findings of vulnerabilities that are rated higher. */
  @IsInt() @Min(0) raised: number;
  /** The packages whose findings would close, those with most first. */
  @IsArray()
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => LosingPackage)
  packages: LosingPackage[];
}

/** The consequences of a database that changes nothing, or for no image. */
export const noConsequences: Consequences = {
  images: 0,
  findings: 0,
  closing: 0,
  changed: 0,
  healthy: 0,
  uncovered: 0,
  weakened: 0,
  lowered: 0,
  raised: 0,
  packages: [],
};

/** A newer database takes so much away that the images are asked before it is used. */
export class OfferedAdvisories {
  /** Name of the scanner that reads it. */
  @IsString() @IsNotEmpty() scanner: string;
  /** The database. */
  @ValidateNested() @Type(() => Database) database: Database;
  /** Name of its archive in the blob store. */
  @IsString() @IsNotEmpty() dataref: string;
  /** Size of that blob in bytes. */
  @IsInt() @Min(0) bytes: number;
  /** Its families, as in `advisories.updated`. */
  @IsArray() @ArrayMaxSize(1000) @ValidateNested({ each: true }) @Type(() => AdvisoryFamily) families: AdvisoryFamily[];
  /** Its buckets, as in `advisories.updated`. */
  @IsArray() @ArrayMaxSize(5000) @ValidateNested({ each: true }) @Type(() => AdvisoryFamily) buckets: AdvisoryFamily[];
  /** Digest of the database in use, with which it was compared. */
  @IsDigest() before: string;
  /**
   * `offered`: the owner of each partition of the runner answers by `advisories.weighed`. `held`: it waits for an
   * order, or for the next database. `refused`: an operator refused it. `used`: it is announced next, because the
   * images are little concerned, or an operator released it. `asked`: the runners answer, and nothing follows by that:
   * an operator looks at a recall.
   */
  @IsIn(['offered', 'held', 'refused', 'used', 'asked']) state: 'offered' | 'held' | 'refused' | 'used' | 'asked';
  /** The reasons of the state, one per line. */
  @IsTexts() reasons: string[];
  /** The comparison with the database in use, entry by entry. */
  @IsOptional() @ValidateNested() @Type(() => BlobReference) comparison?: BlobReference;
  /** The sum of the answers, once it is held. */
  @IsOptional() @ValidateNested() @Type(() => Consequences) consequences?: Consequences;
}

const { digest, ...rest } = database;

export const advisoriesOffered = defineEvent({
  topic: 'advisories.offered',
  data: OfferedAdvisories,
  summary: 'A newer advisory database takes much away: it is offered to the runners, held, or refused.',
  examples: {
    1: {
      scanner: 'trivy',
      database: { ...rest, digest: `sha256:${'3'.repeat(64)}` },
      dataref: `databases/44/${'4'.repeat(64)}`,
      bytes: 61_000_000,
      families: [{ name: 'debian', entries: 22_499 }],
      buckets: [{ name: 'debian 12', entries: 22_499 }],
      before: digest,
      state: 'held',
      reasons: ['it has nothing of the release or a language of 37 images'],
      consequences: {
        images: 40,
        findings: 900,
        closing: 412,
        changed: 37,
        healthy: 9,
        uncovered: 37,
        weakened: 0,
        lowered: 0,
        raised: 2,
        packages: [{ bucket: 'debian 13', package: 'openssl', closing: 100, loses: 'all' }],
      },
    },
  },
});
