import { Type } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString, ValidateNested } from 'class-validator';
import { IsTexts } from './rules.ts';

/** How Red Hat built a package. Its advisories differ by build. */
export class Build {
  /** Red Hat's repositories that the package was taken from. */
  @IsOptional() @IsTexts() contentSets?: string[];
  /** Name, version and release of the image that brought the package. */
  @IsOptional() @IsString() nvr?: string;
  /** Architecture of the image that brought the package. */
  @IsOptional() @IsString() architecture?: string;
}

/**
 * One package of the inventory, which is a blob. From it, a scanner finds the same as in the image itself.
 */
export class Package {
  /** Name of the package. */
  @IsString() @IsNotEmpty() name: string;
  /** Installed version: epoch, version, release. */
  @IsString() version: string;
  /** Type of the package, as the scanner calls it. */
  @IsString() type: string;
  /** Name of the package that it was built from. */
  @IsOptional() @IsString() sourcePackage?: string;
  /** Of the source package, as package managers write it: epoch, version, release. */
  @IsOptional() @IsString() sourceVersion?: string;
  /** Package URL. */
  @IsString() purl: string;
  /** The name used in `dependsOn` of other packages, if it is not `<name>@<version>`. */
  @IsOptional() @IsString() @IsNotEmpty() id?: string;
  /** The packages that this package needs. */
  @IsOptional() @IsTexts() dependsOn?: string[];
  /** Licenses as the package names them. */
  @IsOptional() @IsTexts() licenses?: string[];
  /** The stream of a Red Hat module that the package belongs to. */
  @IsOptional() @IsString() modularityLabel?: string;
  /** How Red Hat built it. Absent for other packages. */
  @IsOptional() @ValidateNested() @Type(() => Build) build?: Build;
  /** Path in the image. System packages have none, as their files are all over the image. */
  @IsOptional() @IsString() path?: string;
  /** The file that lists this package among others: a lock file or a binary. */
  @IsOptional() @IsString() foundIn?: string;
  /** The digest of the layer that added the package. */
  @IsOptional() @IsString() layer?: string;
}
