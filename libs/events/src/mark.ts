import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsNotEmpty, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { Database } from './parts.ts';
import { IsDigest } from './rules.ts';

/** The type of a mark: a record of a partition, as a fence is. It stands on topics with results of scans. */
export const markType = 'assay.mark.v1';

/** At most this many images and registries are excepted; with more, no mark is published. */
export const mostExceptions = 200;

/** An image that a mark does not cover. */
export class MarkException {
  /** The image. */
  @IsDigest() digest: string;
  /** A code: why it is not covered. A later release may add codes. */
  @IsString() @IsNotEmpty() reason: string;
}

/** A registry of whose images a mark covers none. */
export class RegistryException {
  /** The registry, in lower case. */
  @IsString() @IsNotEmpty() registryId: string;
  /** A code: why an image in it could not be assessed. A later release may add codes. */
  @IsString() @IsNotEmpty() reason: string;
}

/**
 * States that all images of the partition were assessed with a database: those whose last event stands before the mark
 * in the same partition of the same topic, and that are not excepted by themselves nor by their registry.
 */
export class MarkData {
  /** Name of the scanner that reads the database. */
  @IsString() @IsNotEmpty() scanner: string;
  /** The database with which the images were assessed. */
  @ValidateNested() @Type(() => Database) database: Database;
  /** Offset of the announcement in `advisories.updated`. A later announcement has a higher one. */
  @IsInt() @Min(0) announced: number;
  /** Images that it does not cover. */
  @IsArray()
  @ArrayMaxSize(mostExceptions)
  @ValidateNested({ each: true })
  @Type(() => MarkException)
  except: MarkException[];
  /**
   * Registries in which it covers no image: too many of their images could not be assessed. The same image in another
   * registry is covered. Absent if there is none.
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(mostExceptions)
  @ValidateNested({ each: true })
  @Type(() => RegistryException)
  registries?: RegistryException[];
}

/** Names the schema of a mark, as the definition of an event names that of its data. */
export const markDefinition = {
  topic: 'mark',
  version: 1,
  data: MarkData,
  summary: 'All images of a partition were assessed with an advisory database.',
} as const;
