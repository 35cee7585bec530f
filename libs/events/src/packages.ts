import { Type } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString, ValidateNested } from 'class-validator';
import { IsTexts } from './rules.ts';

/** How Red Hat built a package. Its advisories differ by build. */
export class Build {
  @IsOptional() @IsTexts() contentSets?: string[];
  /** Name, version and release of the image that brought the package. */
  @IsOptional() @IsString() nvr?: string;
  @IsOptional() @IsString() architecture?: string;
}

/**
 * One package of the inventory, which is a blob. From it, a scanner finds the same as in the image itself.
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
