import type {
  Disagreement,
  DisagreementKind,
  Inventory,
  OperatingSystem,
  Package,
  PackageDatabase,
  PackageDatabaseKind,
  SystemName,
  UnreadPart,
  Witness,
} from '@assay/events';
import { packageListsVersion, packageManagersIn, shellsIn } from '@assay/verdict';
import { manifestsDiffer, type LeftOut } from './left-out.ts';
import { asText } from './text.ts';

/** A package database with its packages, as the witness found it. */
export interface SeenDatabase {
  readonly kind: PackageDatabaseKind;
  readonly path: string;
  readonly leadsTo?: string;
  /** Name and version of each installed package. */
  readonly packages?: readonly (readonly [name: string, version: string])[];
}

/** The answer of the witness for one image. */
export interface SeenImage {
  readonly databases: readonly SeenDatabase[];
  readonly others: readonly SeenDatabase[];
  readonly systems: readonly { readonly source: string; readonly system: string; readonly version: string }[];
  readonly languages: readonly { readonly language: string; readonly manifests: number }[];
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
  readonly notes: readonly { readonly path: string; readonly reason: string }[];
}

/** The report of the scanner, as far as it is compared. */
export interface ComparedReport {
  readonly os?: OperatingSystem;
  readonly packages: readonly Package[];
  /** The parts that it leaves out of the manifests of languages. */
  readonly leftOut?: LeftOut;
}

/** Entries of each list in an event. */
const most = 16;
const mostExamples = 5;
/** Characters of a text in an event: paths, names and versions of an image may have thousands. */
const mostCharacters = 200;

/** Keeps a text of the image as data, and short: all of them lie in each page of an event, which brokers limit. */
const shown = (text: string): string => {
  const clean = asText(text);
  return clean.length > mostCharacters ? `${clean.slice(0, mostCharacters - 1).toWellFormed()}…` : clean;
};

/** The database of each family of systems (the manuals of its package manager). All others use rpm. */
const kindOf: ReadonlyMap<string, PackageDatabaseKind> = new Map([
  ...['debian', 'ubuntu', 'echo'].map((family) => [family, 'dpkg'] as const),
  ...['alpine', 'wolfi', 'chainguard', 'minimos'].map((family) => [family, 'apk'] as const),
]);

/** Words of os-release, and names of packages, for families that the scanner calls otherwise. */
const familyOf: ReadonlyMap<string, string> = new Map([
  ['rhel', 'redhat'],
  ['ol', 'oracle'],
  ['oraclelinux', 'oracle'],
  ['amzn', 'amazon'],
  ['system', 'amazon'],
  ['almalinux', 'alma'],
  ['centos-stream', 'centos'],
  ['mariner', 'cbl-mariner'],
  ['sl-micro', 'slem'],
]);

const familyIn = (word: string): string => {
  const family = word.toLowerCase();
  return familyOf.get(family) ?? family;
};

/** Families whose words begin alike are variants of one: `opensuse-leap`, `opensuse.tumbleweed`, `sles_sap`. */
const stem = (family: string): string => familyIn(family).split(/[-._ ]/)[0] ?? '';

const suse: ReadonlySet<string> = new Set(['suse', 'sles', 'slem', 'sle', 'sled']);

const isSameFamily = (one: string, other: string): boolean =>
  stem(one) === stem(other) || (suse.has(stem(one)) && suse.has(stem(other)));

/**
 * The parts of a version that name a release: one number, or two for Alpine, Ubuntu and SUSE. Undefined for a name such
 * as `trixie/sid`, which gives nothing to compare.
 */
const releaseOf = (family: string, version: string): string | undefined => {
  const parts = /^v?(\d+)(?:\.(\d+))?/.exec(version);
  if (!parts) return undefined;
  const hasTwo = ['alpine', 'ubuntu', 'opensuse'].includes(stem(family)) || suse.has(stem(family));
  return hasTwo && parts[2] !== undefined ? `${parts[1]}.${parts[2]}` : parts[1];
};

/** A package whose version is not that of a release. Those named after the release have its version. */
const isUnversioned = (source: string, family: string): boolean =>
  !source.includes('/') &&
  !(source === 'base-files' && family === 'debian') &&
  (!source.endsWith('-release') || (kindOf.get(family) === 'apk' && family !== 'alpine'));

const key = (name: string, version: string): string => `${name} ${version.replace(/^0:/, '')}`;

/** Compares the report of the scanner with the answer of the witness, and sums both up. */
export const compared = (
  report: ComparedReport,
  seen: SeenImage,
  {
    version,
    layers,
    lists = packageListsVersion,
  }: { readonly version: string; readonly layers: number; readonly lists?: number },
): { readonly witness: Witness; readonly inventory: Inventory } => {
  const family = report.os?.family.toLowerCase();
  const reported = new Map(
    report.packages
      .filter(({ type }) => family !== undefined && type.toLowerCase() === family)
      .map(({ name, version: installed }) => [key(name, installed), name]),
  );
  const listed = new Map(
    seen.databases.flatMap(({ packages = [] }) => packages.map(([name, installed]) => [key(name, installed), name])),
  );
  const vouched = [...new Set([...reported].filter(([each]) => listed.has(each)).map(([, name]) => name))].toSorted();
  const disagreements = [
    ...packagesDiffer(seen, reported, listed),
    ...elsewhere(seen, reported),
    ...severalSystems(seen),
    ...systemsDiffer(report.os, seen),
    ...advisoriesNarrowed(report),
    ...kindsDiffer(family, seen),
    ...noDatabase(report.os, seen),
    ...manifestsDiffer(report.leftOut ?? { packages: [], unread: [] }).map(shortened),
  ];
  return {
    witness: {
      version,
      layers,
      packages: seen.databases.reduce((sum, { packages = [] }) => sum + packages.length, 0),
      databases: seen.databases.slice(0, most).map(countedDatabase),
      systems: seen.systems.slice(0, most).map(namedSystem),
      languages: seen.languages
        .slice(0, most)
        .map(({ language, manifests }) => ({ language: shown(language), manifests })),
      unread: seen.unread.slice(0, most).map(shownPart),
      ...(seen.notes.length > 0 ? { notes: seen.notes.slice(0, most).map(shownPart) } : {}),
      disagreements: disagreements.slice(0, most),
    },
    inventory: {
      packages: report.packages.length,
      systemPackages: vouched.length,
      packageManagers: packageManagersIn(vouched),
      shells: shellsIn(vouched),
      ...(lists > 1 ? { lists } : {}),
      languages: [...new Set(report.packages.map(({ type }) => type).filter((type) => type.toLowerCase() !== family))]
        .toSorted()
        .slice(0, most),
    },
  };
};

const countedDatabase = ({ kind, path, leadsTo, packages }: SeenDatabase): PackageDatabase => ({
  kind,
  path: shown(path),
  ...(leadsTo === undefined ? {} : { leadsTo: shown(leadsTo) }),
  ...(packages ? { packages: packages.length } : {}),
});

const namedSystem = ({ source, system, version }: SeenImage['systems'][number]): SystemName => ({
  source: shown(source),
  family: shown(familyIn(system)),
  version: shown(version),
});

const shownPart = ({ path, reason }: SeenImage['unread'][number]): UnreadPart => ({
  path: shown(path),
  reason: shown(reason),
});

const shortened = (given: Disagreement): Disagreement => ({
  ...given,
  path: shown(given.path),
  examples: given.examples.slice(0, mostExamples).map(shown),
});

const disagreement = (
  what: DisagreementKind,
  path: string,
  counts: Pick<Disagreement, 'scanner' | 'witness'>,
  examples: readonly string[],
): Disagreement => shortened({ what, path, ...counts, examples: [...examples] });

const placesOf = ({ databases }: SeenImage): string =>
  databases
    .map(({ path, leadsTo }) => (leadsTo === undefined ? path : `${path} -> ${leadsTo}`))
    .slice(0, most)
    .join(', ');

/** A package in one list only. One that the scanner alone lists may be from an SBOM, which vouches for nothing. */
const packagesDiffer = (
  seen: SeenImage,
  reported: ReadonlyMap<string, string>,
  listed: ReadonlyMap<string, string>,
): Disagreement[] => {
  const missing = [...listed.keys()].filter((each) => !reported.has(each));
  const extra = [...reported.keys()].filter((each) => !listed.has(each));
  if (missing.length + extra.length === 0) return [];
  const examples = [...missing.map((each) => `- ${each}`), ...extra.map((each) => `+ ${each}`)];
  return [disagreement('packages', placesOf(seen), { scanner: reported.size, witness: listed.size }, examples)];
};

/** A list that no package manager reads at its place may be read by another: of a chroot, or by a setting. */
const elsewhere = ({ others }: SeenImage, reported: ReadonlyMap<string, string>): Disagreement[] =>
  others.flatMap(({ path, packages = [] }) => {
    const missing = packages.map(([name, version]) => key(name, version)).filter((each) => !reported.has(each));
    if (missing.length === 0) return [];
    const counts = { scanner: packages.length - missing.length, witness: packages.length };
    return [
      disagreement(
        'other-database',
        path,
        counts,
        missing.map((each) => `- ${each}`),
      ),
    ];
  });

const severalSystems = (seen: SeenImage): Disagreement[] => {
  const filled = seen.databases.filter(({ packages }) => packages === undefined || packages.length > 0);
  const kinds = [...new Set(filled.map(({ kind }) => kind))];
  if (kinds.length < 2) return [];
  const witness = filled.reduce((sum, { packages = [] }) => sum + packages.length, 0);
  return [disagreement('several-systems', placesOf(seen), { scanner: 0, witness }, kinds)];
};

const ubuntuMaintenance = 'var/lib/ubuntu-advantage/status.json';

/** Files by which a scanner chooses the advisories of a system; another system ignores them. */
const isChooser = (source: string): boolean =>
  source === 'etc/apk/repositories' || source === ubuntuMaintenance || source.startsWith('root/buildinfo/');

const systemsDiffer = (os: OperatingSystem | undefined, { systems }: SeenImage): Disagreement[] => {
  if (os === undefined || os.family === '' || os.family === 'none') return [];
  const family = familyIn(os.family);
  const release = releaseOf(family, os.version);
  // Alpine's edge calls itself an early version of the next release.
  const chosen = family === 'alpine' && os.version.includes('_alpha') ? 'edge' : release;
  const differing = systems.filter(({ source, system, version }) => {
    // Repositories and content sets choose the advisories of their system, so they have to name this very release. No
    // file vouches for Ubuntu's extended maintenance.
    if (isChooser(source)) return system === family && !(version === chosen && source !== ubuntuMaintenance);
    // Systems that descend from Debian keep this file of theirs. Ubuntu has the name of a release in it, not a number.
    if (source === 'etc/debian_version' && family !== 'debian')
      return kindOf.get(family) !== 'dpkg' || (family === 'ubuntu' && /^\d/.test(version));
    // Oracle builds this package beside its own.
    if (source === 'redhat-release' && family === 'oracle')
      return !systems.some(({ source: other }) => other === 'oraclelinux-release');
    if (!isSameFamily(system, family)) return true;
    if (isUnversioned(source, family)) return false;
    const named = releaseOf(family, version.replace(/^\d+:/, ''));
    return named !== undefined && release !== undefined && named !== release;
  });
  if (differing.length === 0) return [];
  const words = differing.map(({ source, system, version }) => `${source}: ${system} ${version}`.trim());
  return [
    disagreement('system', differing.map(({ source }) => source).join(', '), { scanner: 0, witness: 0 }, [
      `scanner: ${os.family} ${os.version}`,
      ...words,
    ]),
  ];
};

/** The repositories of Red Hat that each of its images takes packages from, in the words of its content sets. */
const repositoriesOf = (major: string): readonly RegExp[] =>
  ['6', '7'].includes(major)
    ? [new RegExp(`^rhel-${major}-server-rpms$`)]
    : ['baseos', 'appstream'].map((name) => new RegExp(`^rhel-${major}-for-[a-z0-9_]+-${name}-rpms$`));

/**
 * Files of the image by which the scanner chooses advisories, and for which nothing vouches: the content sets in
 * `root/buildinfo` of Red Hat, and the status of Ubuntu's extended maintenance, which it adds to the version.
 */
const advisoriesNarrowed = ({ os, packages }: ComparedReport): Disagreement[] => {
  const family = os?.family.toLowerCase() ?? '';
  const narrowed = (path: string, why: string): Disagreement[] => [
    disagreement('system', path, { scanner: 0, witness: 0 }, [why]),
  ];
  if (family === 'ubuntu' && os?.version.endsWith('-ESM'))
    return narrowed('var/lib/ubuntu-advantage/status.json', `scanner: ubuntu ${os.version}`);
  if (family !== 'redhat' && family !== 'centos') return [];
  const wanted = repositoriesOf(os?.version.split('.')[0] ?? '');
  const lacking = packages.find(({ build }) => {
    const sets = build?.contentSets?.map((each) => each.replace(/__\d+$/, '')) ?? [];
    return build && !wanted.every((pattern) => sets.some((each) => pattern.test(each)));
  });
  return lacking
    ? narrowed('root/buildinfo', `content sets of ${lacking.name}: ${lacking.build?.contentSets?.join(' ') ?? 'none'}`)
    : [];
};

const kindsDiffer = (family: string | undefined, { databases }: SeenImage): Disagreement[] => {
  if (family === undefined || family === '' || family === 'none') return [];
  const wanted = kindOf.get(family) ?? 'rpm';
  const foreign = databases.filter(({ kind, packages }) => kind !== wanted && packages?.length !== 0);
  return foreign.map(({ kind, path, packages = [] }) =>
    disagreement('database-kind', path, { scanner: 0, witness: packages.length }, [
      `${family} uses ${wanted}, not ${kind}`,
    ]),
  );
};

const noDatabase = (os: OperatingSystem | undefined, { databases, systems }: SeenImage): Disagreement[] => {
  const isNamed = systems.length > 0 || (os !== undefined && os.family !== '' && os.family !== 'none');
  return isNamed && databases.length === 0
    ? [
        disagreement(
          'no-database',
          '',
          { scanner: 0, witness: 0 },
          systems.map(({ source }) => source),
        ),
      ]
    : [];
};
