import type { OperatingSystem, Package, Uncovered } from '@assay/events';

/** The buckets of a database, each with the number of its entries. */
export type Buckets = ReadonlyMap<string, number>;

const major = (version: string): string => version.split('.', 1)[0] ?? '';
const minor = (version: string): string => version.split('.', 2).join('.');
/** A bucket for each release, by the part of the version that names one. */
const each =
  (name: string, release: (version: string) => string = (version) => version) =>
  (version: string): readonly string[] => [`${name} ${release(version)}`];
/** One bucket for all releases. */
const one = (name: string) => (): readonly string[] => [name];

const leap = each('openSUSE Leap');
const enterprise = each('SUSE Linux Enterprise');
const micro = each('SUSE Linux Enterprise Micro');

/** Advisories are chosen by the content sets of the image, whose names are in a bucket of their own. */
const redHat = (): readonly string[] => ['Red Hat', 'Red Hat CPE'];

/**
 * The buckets of a system, all of them needed, by its name in a report (`pkg/detector/ospkg` of Trivy and
 * `pkg/vulnsrc/bucket` of trivy-db).  A system that is not here has none.
 */
const systems: Readonly<Record<string, (version: string) => readonly string[]>> = {
  alma: each('alma', major),
  // Trivy takes the advisories of edge if the repositories are those of edge, and else of the release to come.
  alpine: (version) => [`alpine ${minor(version)}`, ...(version.includes('_alpha') ? ['alpine edge'] : [])],
  amazon: (version) => [`amazon linux ${/^(2|2022|2023)(?=[. ]|$)/.exec(version)?.[0] ?? '1'}`],
  azurelinux: each('Azure Linux', minor),
  bottlerocket: one('bottlerocket'),
  'cbl-mariner': each('CBL-Mariner', minor),
  centos: redHat,
  chainguard: one('chainguard'),
  debian: each('debian', major),
  echo: one('echo'),
  minimos: one('minimos'),
  'opensuse-leap': leap,
  'opensuse.leap': leap,
  'opensuse-tumbleweed': one('openSUSE Tumbleweed'),
  'opensuse.tumbleweed': one('openSUSE Tumbleweed'),
  oracle: each('Oracle Linux', major),
  photon: each('Photon OS'),
  redhat: redHat,
  rocky: each('rocky', major),
  slem: micro,
  'suse linux enterprise micro': micro,
  sles: enterprise,
  'suse linux enterprise server': enterprise,
  ubuntu: each('ubuntu'),
  wolfi: one('wolfi'),
};

/**
 * The ecosystem whose buckets have the advisories of a type of packages (Trivy, `pkg/detector/library/driver.go`).
 * Julia is left out: Trivy before 0.70 lists its packages, and compares them with nothing.
 */
const ecosystems: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    rubygems: ['bundler', 'gemspec'],
    cargo: ['rustbinary', 'cargo'],
    composer: ['composer', 'composer-vendor'],
    go: ['gobinary', 'gomod'],
    maven: ['jar', 'pom', 'gradle', 'sbt'],
    npm: ['npm', 'yarn', 'pnpm', 'bun', 'node-pkg', 'javascript'],
    nuget: ['nuget', 'dotnet-core', 'packages-props'],
    pip: ['pipenv', 'poetry', 'pip', 'python-pkg', 'uv', 'pylock'],
    pub: ['pub'],
    erlang: ['hex'],
    conan: ['conan'],
    swift: ['swift'],
    cocoapods: ['cocoapods'],
    bitnami: ['bitnami'],
    k8s: ['k8s', 'kubernetes'],
  }).flatMap(([ecosystem, types]) => types.map((type) => [type, ecosystem])),
);

/** Types for which Trivy has advisories in no database. */
const unsourced: ReadonlySet<string> = new Set(['conda-pkg', 'conda-environment']);

/** Databases have called one of them either way. */
const namesOf = (ecosystem: string): readonly string[] => (ecosystem === 'k8s' ? ['k8s', 'kubernetes'] : [ecosystem]);

/**
 * Returns a test for the buckets, in lower case, with the advisories of a type of packages: those of the release of the
 * system, or of the ecosystem of the type.
 */
export const isAdvisedBy = (os: OperatingSystem | undefined, type: string): ((bucket: string) => boolean) => {
  const family = os?.family.toLowerCase() ?? '';
  const ecosystem = type.toLowerCase() === family ? undefined : ecosystems[type.toLowerCase()];
  if (ecosystem !== undefined) {
    const names = namesOf(ecosystem);
    return (bucket) => names.some((name) => bucket.startsWith(`${name}::`));
  }
  const buckets = (systems[family]?.(os?.version ?? '') ?? []).map((bucket) => bucket.toLowerCase());
  return (bucket) => buckets.includes(bucket);
};

/** A database with fewer advisories of an ecosystem does not know it. */
const fewAdvisories = 100;
/** Types in an event: an image may name any number of them. */
const most = 16;

/** The knowledge of a database, by its buckets. Their names are compared without case. */
export class Coverage {
  readonly #releases: ReadonlySet<string>;
  readonly #ecosystems = new Map<string, number>();

  constructor(buckets: Buckets) {
    const filled = [...buckets].filter(([, entries]) => entries > 0);
    this.#releases = new Set(filled.map(([name]) => name.toLowerCase()));
    for (const [name, entries] of filled) {
      const ecosystem = name.includes('::') ? (name.toLowerCase().split('::', 1)[0] ?? '') : '';
      this.#ecosystems.set(ecosystem, (this.#ecosystems.get(ecosystem) ?? 0) + entries);
    }
  }

  #knowsSystem({ family, version }: OperatingSystem): boolean {
    const buckets = systems[family.toLowerCase()]?.(version) ?? [];
    return buckets.length > 0 && buckets.every((bucket) => this.#releases.has(bucket.toLowerCase()));
  }

  #knowsType(type: string): boolean {
    const ecosystem = ecosystems[type];
    return (
      ecosystem !== undefined && namesOf(ecosystem).some((name) => (this.#ecosystems.get(name) ?? 0) >= fewAdvisories)
    );
  }

  /** The parts of an image of which the database has no advisories; undefined if nothing is missing. */
  uncoveredIn(os: OperatingSystem | undefined, packages: readonly Pick<Package, 'type'>[]): Uncovered | undefined {
    const family = os?.family.toLowerCase();
    const types = [...new Set(packages.map(({ type }) => type.toLowerCase()))].filter((type) => type !== family);
    const without = types.filter((type) => unsourced.has(type)).toSorted();
    const languages = types.filter((type) => !unsourced.has(type) && !this.#knowsType(type)).toSorted();
    const isNamed = os !== undefined && family !== '' && family !== 'none';
    const system = isNamed && !this.#knowsSystem(os) ? `${family} ${os.version}`.trim() : undefined;
    if (system === undefined && languages.length + without.length === 0) return undefined;
    return {
      ...(system === undefined ? {} : { system: system.slice(0, 200) }),
      ...(languages.length > 0 ? { languages: languages.slice(0, most) } : {}),
      ...(without.length > 0 ? { unsourced: without.slice(0, most) } : {}),
    };
  }
}
