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
  /** The subscription of the registry. */
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** ARM id of the registry. */
  @IsString() @IsNotEmpty() registryId: string;
  /** Host of the registry. */
  @IsString() @IsNotEmpty() loginServer: string;
  /** Repository within the registry. */
  @IsString() @IsNotEmpty() @MaxLength(255) repository: string;
  /** Digest of the image's manifest. */
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
  /** Number of the verdict of the placement, from 1. The highest one counts. */
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
  /** Name of the scanner. */
  @IsString() name: string;
  /** Version as the program reports it. */
  @IsString() version: string;
  /** Digest of the program that ran. */
  @IsDigest() digest: string;
}

/** Stands for the digest of a Java database that the operator gave a runner. */
export const ownJavaDatabase = 'own';

export class Database {
  /** Digest of the database. */
  @IsDigest() digest: string;
  /** When its maker built it. */
  @IsTime() builtAt: string;
  /** True for the small database that comes with Assay. It is only good for trying Assay out. */
  @IsBoolean() demonstration: boolean;
  /**
   * The releases with advisories in this database (`debian 13`). Only results of older releases of Assay have it: see
   * `uncovered` of a result.
   */
  @IsOptional() @IsTexts() covers?: string[];
  /** From this age on, in days, it makes no image healthy that is assessed with it. Absent: 7. */
  @IsOptional() @IsInt() @Min(1) tooOldDays?: number;
  /** From this age on, in days, an image that is healthy by it becomes undetermined. Absent: 14. */
  @IsOptional() @IsInt() @Min(1) staleDays?: number;
  /**
   * Digest of the database by which Java archives were recognised, or `own` if it is one that the operator gave the
   * runner. Absent: none.
   */
  @IsOptional() @IsString() @IsNotEmpty() java?: string;
}

const dayMs = 24 * 60 * 60_000;

/**
 * The ages from which on a database is not trusted, ms. They travel with the database through all events, so every
 * service and replica uses those that were announced.
 */
export const databaseLimits = ({
  tooOldDays = 7,
  staleDays = 14,
}: Pick<Database, 'tooOldDays' | 'staleDays'>): { readonly tooOldMs: number; readonly staleMs: number } => ({
  tooOldMs: tooOldDays * dayMs,
  staleMs: staleDays * dayMs,
});

export class OperatingSystem {
  /** Name of the distribution, such as `debian`. */
  @IsString() family: string;
  /** Its release. */
  @IsString() version: string;
  /** True if the release gets no more fixes. */
  @IsBoolean() endOfLife: boolean;
  /** False if the scanner does not know this release, and so has no advisories for it. */
  @IsOptional() @IsBoolean() known?: boolean;
}

/** The parts of an image of which a database has no advisories, so that finding nothing proves nothing. */
export class Uncovered {
  /** The release of the system, such as `debian 13`. */
  @IsOptional() @IsString() @IsNotEmpty() system?: string;
  /** Types of language packages. Other databases may have advisories for them. */
  @IsOptional() @IsTexts() languages?: string[];
  /** Types of language packages for which the scanner has no advisories in any database, such as `conda-pkg`. */
  @IsOptional() @IsTexts() unsourced?: string[];
}

/** Facts about the packages of the operating system. Language packages do not count. */
export class SystemPackages {
  /** Number of packages of the system. */
  @IsInt() @Min(0) count: number;
  /** True if one of them is a package manager. */
  @IsBoolean() packageManager: boolean;
  /** True if one of them is a shell. */
  @IsBoolean() shell: boolean;
}

/** A database in which a package manager records what is installed. */
export class PackageDatabase {
  /** A word of `packageDatabaseKinds`. */
  @IsString() @IsNotEmpty() kind: string;
  /** The path at which the package manager looks, relative to the root of the image. */
  @IsString() @IsNotEmpty() path: string;
  /** The path of the file or folder that is read in the end, if links lead elsewhere. */
  @IsOptional() @IsString() leadsTo?: string;
  /** Installed packages, no matter how else they are marked. Absent if they could not be counted. */
  @IsOptional() @IsInt() @Min(0) packages?: number;
}

/** A file or package of an image that names its system. */
export class SystemName {
  /** The file or package that names the system. */
  @IsString() @IsNotEmpty() source: string;
  /** The distribution that it names. */
  @IsString() family: string;
  /** The release that it names. */
  @IsString() version: string;
}

/** The number of files of an image that list packages of one language. */
export class LanguageManifests {
  /** The language. */
  @IsString() @IsNotEmpty() language: string;
  /** Number of files that list its packages. */
  @IsInt() @Min(0) manifests: number;
}

/** A part of an image that the witness could not read. */
export class UnreadPart {
  /** Path in the image. */
  @IsString() path: string;
  /** A code, such as `berkeley-db`. */
  @IsString() @IsNotEmpty() reason: string;
}

/** One difference between the scanner's report and the witness, or between parts of the image. */
export class Disagreement {
  /** A word of `disagreementKinds`. */
  @IsString() @IsNotEmpty() what: string;
  /** The database or file that it is about. */
  @IsString() path: string;
  /** Packages in the scanner's report. */
  @IsInt() @Min(0) scanner: number;
  /** Packages that the witness counted. */
  @IsInt() @Min(0) witness: number;
  /** Some of the packages, systems or paths that differ. */
  @IsTexts() examples: string[];
}

/**
 * The answers of the second program that looked at an image, independent of the scanner. It finds no vulnerabilities,
 * but only what an inventory must account for. Each list has at most 16 entries.
 */
export class Witness {
  /** First 12 hex digits of the SHA-256 of the program. */
  @IsString() @IsNotEmpty() version: string;
  /** Layers that it looked at. */
  @IsInt() @Min(0) layers: number;
  /** Packages in all databases. */
  @IsInt() @Min(0) packages: number;
  /** The package databases that were found. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => PackageDatabase) databases: PackageDatabase[];
  /** The files and packages that name the system. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => SystemName) systems: SystemName[];
  /** Files that list packages of languages. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => LanguageManifests) languages: LanguageManifests[];
  /** Parts that could not be read, and may hold packages where the tools of some system look. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => UnreadPart) unread: UnreadPart[];
  /** Other parts that could not be read. They are no doubt. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => UnreadPart) notes?: UnreadPart[];
  /** Differences from the scanner's report. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => Disagreement) disagreements: Disagreement[];
}

/** The packages of an image, summarised. */
export class Inventory {
  /** Packages of any kind in the scanner's report. */
  @IsInt() @Min(0) packages: number;
  /** Packages that a package database vouches for, in the report and to the witness. An SBOM vouches for none. */
  @IsInt() @Min(0) systemPackages: number;
  /** Names of the package managers among the system packages. */
  @IsTexts() packageManagers: string[];
  /** Names of the shells among the system packages. */
  @IsTexts() shells: string[];
  /** Version of the lists of package managers and shells by which both were found. Absent: 1. */
  @IsOptional() @IsInt() @Min(1) lists?: number;
  /** Types of the language packages, as the scanner calls them: `node-pkg`, `python-pkg`. */
  @IsTexts() languages: string[];
}

export class Rating {
  /** The source of the rating, such as `nvd`. */
  @IsString() source: string;
  /** The severity that it gives. */
  @IsIn(severities) severity: Severity;
  /** Its CVSS base score, 0 to 10. */
  @IsOptional() @IsNumber() score?: number;
  /** Its CVSS vector. */
  @IsOptional() @IsString() vector?: string;
}

/** A named part of the blob store. Its digest is that of the bytes before any compression. */
export class BlobReference {
  /** Name in the blob store. */
  @IsString() @IsNotEmpty() dataref: string;
  /** Digest of the content, before compression. */
  @IsDigest() sha256: string;
  /** Size of the content in bytes, before compression. */
  @IsInt() @Min(0) bytes: number;
}

export class BySeverity {
  /** Number of critical findings. */
  @IsInt() @Min(0) Critical: number;
  /** Number of high findings. */
  @IsInt() @Min(0) High: number;
  /** Number of medium findings. */
  @IsInt() @Min(0) Medium: number;
  /** Number of low findings. */
  @IsInt() @Min(0) Low: number;
  /** Number of findings without a known severity. */
  @IsInt() @Min(0) Unknown: number;
}

export const noFindings = (): BySeverity => ({ Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 });
