import {
  at,
  derivedId,
  present,
  type Finding,
  type OperatingSystem,
  type Package,
  type Placement,
} from '@assay/events';
import { handedOnPurl } from './purl.ts';

/** The system that packages belong to. */
export type System = Pick<OperatingSystem, 'family' | 'version'>;

/** A package with its reference within the document. */
export interface Listed {
  readonly ref: string;
  readonly purl: string;
  readonly item: Package;
}

/** A file that lists packages, such as a lock file or a binary, with these packages. */
export interface Application {
  readonly ref: string;
  readonly type: string;
  readonly path: string;
  readonly packages: readonly Listed[];
}

/** The inventory of an image in the structure of export formats: image, system and files, packages, and their needs. */
export interface DocumentInventory {
  readonly system?: { readonly ref: string; readonly os: System; readonly packages: readonly Listed[] };
  readonly applications: readonly Application[];
  /** Packages of neither the system nor a file. */
  readonly others: readonly Listed[];
  readonly packages: readonly Listed[];
  /** Why other scanners find less in it than is in the image; absent if they find everything. */
  readonly lack?: string;
  /** References of the packages that each package needs, if they are present. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** Reference of the package of a finding. */
  readonly refFor: (finding: Pick<Finding, 'packageType' | 'package' | 'installedVersion' | 'path'>) => string;
}

const lastSegment = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The package URL of an image in one placement. */
export const imagePurl = ({
  loginServer,
  repository,
  digest,
}: Pick<Placement, 'loginServer' | 'repository' | 'digest'>): string =>
  `pkg:oci/${encodeURIComponent(lastSegment(repository).toLowerCase())}@${encodeURIComponent(digest)}` +
  `?repository_url=${encodeURIComponent(`${loginServer}/${repository}`)}`;

const keyOf = (...parts: readonly (string | undefined)[]): string => JSON.stringify(parts);

const plainRef = ({ purl, type, name, version }: Pick<Package, 'purl' | 'type' | 'name' | 'version'>): string =>
  purl || `${type}:${name}@${version}`;

/** Uses the package URL as the reference unless it is taken, since an image may have a package at two paths. */
const listed = (items: readonly Package[], os: System | undefined): Listed[] => {
  const taken = new Set<string>();
  return items.flatMap((item) => {
    const purl = handedOnPurl(item, os);
    const { type, name, version, path, foundIn } = item;
    const plain = plainRef({ purl, type, name, version });
    const ref = taken.has(plain)
      ? `${plain}#${derivedId('package', type, name, version, path ?? '', foundIn ?? '')}`
      : plain;
    if (taken.has(ref)) return [];
    taken.add(ref);
    return [{ ref, purl, item }];
  });
};

/** Needs are given by the scanner's ids, which are valid only within the same file or system. */
const needsOf = (packages: readonly Listed[]): Map<string, readonly string[]> => {
  const idOf = ({ item: { type, foundIn, id, name, version } }: Listed): string =>
    keyOf(type, foundIn, id ?? `${name}@${version}`);
  const refs = new Map(packages.map((each) => [idOf(each), each.ref]));
  return new Map(
    packages.map(({ ref, item: { type, foundIn, dependsOn = [] } }) => [
      ref,
      [...new Set(dependsOn.flatMap((id) => refs.get(keyOf(type, foundIn, id)) ?? []))]
        .filter((needed) => needed !== ref)
        .toSorted(),
    ]),
  );
};

/** Versions may be written in two ways; names may not. */
const refsOf = (packages: readonly Listed[]): DocumentInventory['refFor'] => {
  const refs = new Map(
    packages.toReversed().flatMap(
      ({ ref, item: { type, name, version, path, foundIn } }) =>
        [
          [keyOf(type, name), ref],
          [keyOf(type, name, version), ref],
          [keyOf(type, name, version, path ?? foundIn), ref],
        ] as const,
    ),
  );
  return ({ packageType: type, package: name, installedVersion: version, path }) =>
    refs.get(keyOf(type, name, version, path)) ??
    refs.get(keyOf(type, name, version)) ??
    refs.get(keyOf(type, name)) ??
    plainRef({ purl: '', type, name, version });
};

/** Inventories of older events lack the versions of source packages. */
const lackIn = (packages: readonly Listed[]): { lack?: string } =>
  packages.some(
    ({ item: { sourcePackage, sourceVersion } }) => sourcePackage !== undefined && sourceVersion === undefined,
  )
    ? {
        lack:
          'without versions of source packages: other scanners find fewer vulnerabilities in it than exist, ' +
          'until the image is scanned again',
      }
    : {};

/** Arranges the packages of a scan. */
export const inventory = (items: readonly Package[], os: System | undefined): DocumentInventory => {
  const packages = listed(items, os);
  const isSystem = ({ item: { type } }: Listed): boolean =>
    os !== undefined && type.toLowerCase() === os.family.toLowerCase();
  const ofFiles = Map.groupBy(
    packages.filter(({ item: { foundIn } }) => foundIn !== undefined),
    ({ item: { type, foundIn } }) => keyOf(type, foundIn),
  );
  return {
    packages,
    ...lackIn(packages),
    ...(os ? { system: { ref: `os:${os.family}@${os.version}`, os, packages: packages.filter(isSystem) } } : {}),
    applications: [...ofFiles.values()].map((within) => {
      const { type, foundIn } = at(within, 0).item;
      return {
        ref: `application:${type}:${foundIn}`,
        type,
        path: present(foundIn, 'file of the package'),
        packages: within,
      };
    }),
    others: packages.filter((each) => each.item.foundIn === undefined && !isSystem(each)),
    needs: needsOf(packages),
    refFor: refsOf(packages),
  };
};

/** For Debian and RPM, the release is the part after the last hyphen; other systems have no release. */
const releasePattern = /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/s;

const sourceOf = ({
  sourcePackage,
  sourceVersion,
  purl,
}: Package): readonly (readonly [name: string, value: string | undefined])[] => {
  if (sourcePackage === undefined || sourceVersion === undefined) return [];
  const pattern = /^pkg:(deb|rpm)\//.test(purl) ? releasePattern : /^(?:(\d+):)?(.*)$/s;
  const [, epoch, version, release] = pattern.exec(sourceVersion) ?? [];
  return [
    ['SrcName', sourcePackage],
    ['SrcVersion', version],
    ['SrcRelease', release],
    ['SrcEpoch', epoch],
  ];
};

/**
 * Fields that Trivy writes into its own documents and reads from others, under its own names (`pkg/sbom/core/bom.go`).
 * With them Trivy finds the same in a document as in the image.
 */
export const trivyFields = ({ item }: Listed): readonly (readonly [name: string, value: string])[] => {
  const { id, name, version, type, path, modularityLabel, layer, build } = item;
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ['PkgID', id ?? `${name}@${version}`],
    ['PkgType', type],
    ['FilePath', path],
    ...sourceOf(item),
    ['Modularitylabel', modularityLabel],
    ['LayerDigest', layer],
    ...(build?.contentSets ?? []).map((set) => ['ContentSet', set] as const),
    ['NVR', build?.nvr],
    ['Arch', build?.architecture],
  ];
  return fields.flatMap(([field, value]) => (value ? [[field, value] as const] : []));
};
