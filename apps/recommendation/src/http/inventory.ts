import { derivedId, type OperatingSystem, type Package, type Placement } from '@assay/events';
import type { ReportedFinding } from '../read-model/report.ts';
import { handedOnPurl } from './purl.ts';

/** A package with the name by which the rest of a document speaks of it. */
export interface Listed {
  readonly ref: string;
  readonly purl: string;
  readonly item: Package;
}

/** A file that names packages, a lock file or a binary, with those that it names. */
export interface Application {
  readonly ref: string;
  readonly type: string;
  readonly path: string;
  readonly packages: readonly Listed[];
}

/**
 * The inventory of an image, as the forms of others arrange it: image, system and files, packages, and what these need.
 */
export interface Inventory {
  readonly system?: { readonly ref: string; readonly os: OperatingSystem; readonly packages: readonly Listed[] };
  readonly applications: readonly Application[];
  /** Packages of neither: they lie in the image by themselves. */
  readonly others: readonly Listed[];
  readonly packages: readonly Listed[];
  /** Why others find less in it than is in the image; nothing where they find all. */
  readonly lack?: string;
  /** By the ref of a package, the refs of those that it needs, as far as they are there. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** By which ref a finding's package goes. */
  readonly refFor: (finding: ReportedFinding['finding']) => string;
}

/** The package URL of an image at the place where it lies. */
export const imagePurl = ({
  loginServer,
  repository,
  digest,
}: Pick<Placement, 'loginServer' | 'repository' | 'digest'>): string =>
  `pkg:oci/${encodeURIComponent(repository.split('/').at(-1)!.toLowerCase())}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(`${loginServer}/${repository}`)}`;

const keyOf = (...parts: readonly (string | undefined)[]): string => JSON.stringify(parts);

const plainRef = ({ purl, type, name, version }: Pick<Package, 'purl' | 'type' | 'name' | 'version'>): string =>
  purl || `${type}:${name}@${version}`;

/** The package URL, as long as one package has it: the same package may lie in two places. */
const listed = (items: readonly Package[], os: OperatingSystem | undefined): Listed[] => {
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

/** What a package needs goes by ids that are its scanner's, and only in the file, or the system, that both are of. */
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

/** Versions may be written in two ways, names are not. */
const refsOf = (packages: readonly Listed[]): Inventory['refFor'] => {
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

/** An inventory from before the event had them. */
const lackIn = (packages: readonly Listed[]): { lack?: string } =>
  packages.some(
    ({ item: { sourcePackage, sourceVersion } }) => sourcePackage !== undefined && sourceVersion === undefined,
  )
    ? {
        lack: 'without versions of source packages: other scanners find less in it than there is, until the image is scanned again',
      }
    : {};

/** Arranges the packages of a scan. */
export const inventory = (items: readonly Package[], os: OperatingSystem | undefined): Inventory => {
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
      const { type, foundIn } = within[0]!.item;
      return { ref: `application:${type}:${foundIn}`, type, path: foundIn!, packages: within };
    }),
    others: packages.filter((each) => each.item.foundIn === undefined && !isSystem(each)),
    needs: needsOf(packages),
    refFor: refsOf(packages),
  };
};

/**
 * Of Debian and of those that go by RPM, the release is what comes after the last hyphen; others have none of their
 * own.
 */
const releasePattern = /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/s;

const sourceOf = ({
  sourcePackage,
  sourceVersion,
  purl,
}: Package): readonly (readonly [name: string, value: string | undefined])[] => {
  if (sourcePackage === undefined || sourceVersion === undefined) return [];
  const [, epoch, version, release] = (/^pkg:(deb|rpm)\//.test(purl) ? releasePattern : /^(?:(\d+):)?(.*)$/s).exec(
    sourceVersion,
  )!;
  return [
    ['SrcName', sourcePackage],
    ['SrcVersion', version],
    ['SrcRelease', release],
    ['SrcEpoch', epoch],
  ];
};

/**
 * What Trivy writes of a package into documents of its own, and reads in those of others, by the names that it has for
 * it (`pkg/sbom/core/bom.go`). With it Trivy finds in a document what it finds in the image.
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
