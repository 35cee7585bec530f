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

/** Where an image lies. Two placements of one digest are judged, shown and charged apart. */
export class Placement {
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** ARM id of the registry. */
  @IsString() @IsNotEmpty() registryId: string;
  @IsString() @IsNotEmpty() loginServer: string;
  @IsString() @IsNotEmpty() @MaxLength(255) repository: string;
  @IsDigest() digest: string;
}

/** The push that everything later answers; copied through to the end. */
export class Push extends Placement {
  /** Id of the `notification.received` (or command) at the root. */
  @IsString() @IsNotEmpty() pushId: string;
  /** The sender's clock. */
  @IsTime() pushedAt: string;
  /** Our clock; the deadline counts from here. */
  @IsTime() receivedAt: string;
  /** The tags under which the digest was pushed; a tag may have moved since. */
  @IsTexts() tags: string[];
  /** Digests of the indexes that list it. */
  @AreDigests() listedIn: string[];
}

/** From eligibility on: the highest verdict of a placement wins, whatever came when. */
export class Judged extends Push {
  @IsInt() @Min(1) verdict: number;
}

/** Only what every later event copies of a push, whatever else the event at hand says. */
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

/** Only what every event behind a verdict copies of it. */
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
  /** True for the small database that comes with Assay: good for trying out, for nothing else. */
  @IsBoolean() demonstration: boolean;
  /**
   * The releases that it has advisories for (`debian 13`), where that is known; all that the scanner supports, where it
   * is not.
   */
  @IsOptional() @IsTexts() covers?: string[];
}

export class OperatingSystem {
  @IsString() family: string;
  @IsString() version: string;
  @IsBoolean() endOfLife: boolean;
  /** False where the scanner does not know this release: it has no advisories to hold against it. */
  @IsOptional() @IsBoolean() known?: boolean;
}

/** What the packages of the operating system tell of it; those of languages do not count. */
export class SystemPackages {
  @IsInt() @Min(0) count: number;
  /** One of them installs packages. */
  @IsBoolean() packageManager: boolean;
  /** One of them is a shell. */
  @IsBoolean() shell: boolean;
}

export class Rating {
  @IsString() source: string;
  @IsIn(severities) severity: Severity;
  @IsOptional() @IsNumber() score?: number;
  @IsOptional() @IsString() vector?: string;
}

/** One vulnerability of one package as the scanner said it, normalised. */
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
  /** What each source says, none left out. */
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
