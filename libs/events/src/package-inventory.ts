import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';
import { defineEvent } from './definition.ts';
import { Package } from './packages.ts';
import type { OperatingSystem } from './parts.ts';
import { validated } from './schema.ts';

/** The release of an image's system. Whether it is still supported changes with time, so it is not part of it. */
export class InventorySystem {
  /** Name of the system, as the scanner calls it. */
  @IsString() family: string;
  /** Its release. */
  @IsString() version: string;
}

/** The packages that a scanner found in an image. It is a blob of its own, which `scan.completed` names. */
export class PackageInventory {
  /** The system that the packages belong to. Absent if the scanner found none. */
  @IsOptional() @ValidateNested() @Type(() => InventorySystem) os?: InventorySystem;
  /** First those of the system, then by list or file, type, name, version and path. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => Package) packages: Package[];
}

/** The document that holds an inventory. It is no event, but described and checked in the same way. */
export const inventoryDocument = defineEvent({
  topic: 'inventory',
  data: PackageInventory,
  published: true,
  summary: 'The packages of an image in canonical order.',
  examples: {
    1: {
      os: { family: 'debian', version: '13.0' },
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

/** The fields of a package in the order in which they are written. */
const fields: Readonly<Record<keyof Package, true>> = {
  name: true,
  version: true,
  type: true,
  sourcePackage: true,
  sourceVersion: true,
  purl: true,
  id: true,
  dependsOn: true,
  licenses: true,
  modularityLabel: true,
  build: true,
  path: true,
  foundIn: true,
  layer: true,
};

const buildFields = ['contentSets', 'nvr', 'architecture'] as const satisfies readonly (keyof NonNullable<
  Package['build']
>)[];

/** Needs are a set, and their order means nothing. That of licenses and content sets does. */
const written = (item: Package): string => {
  const ordered: Partial<Record<keyof Package, unknown>> = {};
  for (const field of Object.keys(fields) as (keyof Package)[])
    if (item[field] !== undefined) ordered[field] = item[field];
  if (item.dependsOn) ordered.dependsOn = [...new Set(item.dependsOn)].toSorted(byUnits);
  if (item.build) {
    const { build } = item;
    ordered.build = Object.fromEntries(
      buildFields.flatMap((field) => (build[field] === undefined ? [] : [[field, build[field]]])),
    );
  }
  return JSON.stringify(ordered);
};

/** By UTF-16 code units, as every text in a canonical order. */
const byUnits = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** For these types the scanner has one list for the whole image, under this title; for others one for each file. */
const titles: Readonly<Record<string, string>> = {
  'python-pkg': 'Python',
  'conda-pkg': 'Conda',
  gemspec: 'Ruby',
  'node-pkg': 'Node.js',
  jar: 'Java',
};

/**
 * The canonical bytes of an inventory: the same packages give the same bytes, in any order in which a scanner reports
 * them. They hold no time, and nothing that changes by itself. The order is Trivy's own: the system, then the lists of
 * languages by title or file, each by name, version and path.
 *
 * @param inventory its system, and its packages as a scanner reports them
 * @returns JSON in UTF-8, without white space
 */
export const inventoryBytes = ({
  os,
  packages,
}: {
  readonly os?: Pick<OperatingSystem, 'family' | 'version'> | undefined;
  readonly packages: readonly Package[];
}): Buffer => {
  const system = os?.family.toLowerCase();
  const sorted = packages
    .map((item) => {
      const { type, foundIn = titles[type] ?? '', name, version, path = '' } = item;
      const text = written(item);
      const group = type.toLowerCase() === system ? '0' : '1';
      return { text, key: [group, foundIn, type, name, version, path, text].join('\u0000') };
    })
    .toSorted((a, b) => byUnits(a.key, b.key));
  const head = os ? `"os":${JSON.stringify({ family: os.family, version: os.version })},` : '';
  return Buffer.from(`{${head}"packages":[${sorted.map(({ text }) => text).join(',')}]}`);
};

/**
 * Reads an inventory.
 * @throws TypeError naming the first fault, SyntaxError if it is no JSON
 */
export const inventoryIn = (bytes: Buffer): PackageInventory =>
  validated(inventoryDocument, JSON.parse(bytes.toString()));
