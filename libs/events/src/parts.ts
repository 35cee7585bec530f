import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { AreDigests, IsDigest, IsTexts, IsTime } from './rules.ts';
import { severities, type Severity } from './vocabulary.ts';

/** The location of an image. Two placements of one digest are judged, shown and charged separately. */
export class Placement {
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** ARM id of the registry. */
  @IsString() @IsNotEmpty() registryId: string;
  @IsString() @IsNotEmpty() loginServer: string;
  @IsString() @IsNotEmpty() @MaxLength(255) repository: string;
  @IsDigest() digest: string;
}

/** The push that all later events answer. They copy it. */
export class Push extends Placement {
  /** Id of the `notification.received` (or command) at the root. */
  @IsString() @IsNotEmpty() pushId: string;
  /** The sender's clock. */
  @IsTime() pushedAt: string;
  /** Assay's clock. The deadline counts from here. */
  @IsTime() receivedAt: string;
  /** The tags under which the digest was pushed. A tag may have moved since. */
  @IsTexts() tags: string[];
  /** Digests of the indexes that list the image. */
  @AreDigests() listedIn: string[];
}

/** From eligibility on. The highest verdict of a placement counts, in any order of arrival. */
export class Judged extends Push {
  @IsInt() @Min(1) verdict: number;
}

/** Picks the fields that every later event copies from a push, without any others of the given event. */
export const pushOf = ({
  subscriptionId,
  registryId,
  loginServer,
  repository,
  digest,
  pushId,
  pushedAt,
  receivedAt,
  tags,
  listedIn,
}: Push): Push => ({
  subscriptionId,
  registryId,
  loginServer,
  repository,
  digest,
  pushId,
  pushedAt,
  receivedAt,
  tags,
  listedIn,
});

/** Picks the fields that every event after a verdict copies from it. */
export const judgedOf = (judged: Judged): Judged => ({ ...pushOf(judged), verdict: judged.verdict });

export class Scanner {
  @IsString() name: string;
  @IsString() version: string;
  /** Digest of the program that ran. */
  @IsDigest() digest: string;
}

export class Database {
  @IsDigest() digest: string;
  @IsTime() builtAt: string;
  /** True for the small database that comes with Assay. It is only good for trying Assay out. */
  @IsBoolean() demonstration: boolean;
  /**
   * The releases with advisories in this database (`debian 13`). Absent if unknown: then all that the scanner supports.
   */
  @IsOptional() @IsTexts() covers?: string[];
}

export class OperatingSystem {
  @IsString() family: string;
  @IsString() version: string;
  @IsBoolean() endOfLife: boolean;
  /** False if the scanner does not know this release, and so has no advisories for it. */
  @IsOptional() @IsBoolean() known?: boolean;
}

/** Facts about the packages of the operating system. Language packages do not count. */
export class SystemPackages {
  @IsInt() @Min(0) count: number;
  /** True if one of them is a package manager. */
  @IsBoolean() packageManager: boolean;
  /** True if one of them is a shell. */
  @IsBoolean() shell: boolean;
}

export class Rating {
  @IsString() source: string;
  @IsIn(severities) severity: Severity;
  @IsOptional() @IsNumber() score?: number;
  @IsOptional() @IsString() vector?: string;
}

/** One vulnerability of one package as reported by the scanner, normalised. */
export class ScannedFinding {
  @IsString() @IsNotEmpty() vulnerability: string;
  @IsTexts() aliases: string[];
  @IsString() @IsNotEmpty() package: string;
  @IsString() packageType: string;
  @IsOptional() @IsString() sourcePackage?: string;
  @IsString() installedVersion: string;
  @IsOptional() @IsString() fixedVersion?: string;
  @IsOptional() @IsString() path?: string;
  @IsOptional() @IsString() layer?: string;
  @IsOptional() @IsString() title?: string;
  @IsOptional() @IsString() description?: string;
  /** The severity that the scanner chose. */
  @IsIn(severities) severity: Severity;
  /** The ratings of all sources, none left out. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => Rating) ratings: Rating[];
  @IsTexts() references: string[];
  @IsTexts() cwes: string[];
  @IsOptional() @IsTime() publishedAt?: string;
  @IsOptional() @IsTime() modifiedAt?: string;
}

export class BySeverity {
  @IsInt() @Min(0) Critical: number;
  @IsInt() @Min(0) High: number;
  @IsInt() @Min(0) Medium: number;
  @IsInt() @Min(0) Low: number;
  @IsInt() @Min(0) Unknown: number;
}

export const noFindings = (): BySeverity => ({ Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 });
