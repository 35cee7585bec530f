import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '@assay/advisories';
import type { Package, PackageInventory } from '@assay/events';
import type { TrivyScanner } from './trivy-scanner.ts';

/** Old packages, with vulnerabilities that they are known for. A real database has had these for years. */
interface Known {
  readonly inventory: PackageInventory;
  readonly known: readonly string[];
}

interface Canary {
  /** A database that has one of these families must find what is known. */
  readonly families: readonly string[];
  /** If one finds nothing, the next may: databases drop old releases. */
  readonly inventories: readonly Known[];
}

/** Advisories of distributions are about source packages. Here they have the names of the packages. */
const systemOf = (
  kind: string,
  family: string,
  release: string,
  ...packages: readonly (readonly [name: string, version: string, ...known: readonly string[]])[]
): Known => ({
  inventory: {
    os: { family, version: release },
    packages: packages.map(([name, version]) => ({
      name,
      version,
      type: family,
      purl: `pkg:${kind}/${family}/${name}@${encodeURIComponent(version)}?distro=${family}-${release}`,
      sourcePackage: name,
      sourceVersion: version,
    })),
  },
  known: packages.flatMap(([, , ...known]) => known),
});

/** Packages of these types are listed in a file of the image. */
const listedInFile = new Set(['composer-vendor', 'nuget', 'gobinary', 'rustbinary']);

const library = (type: string, url: string, ...known: readonly string[]): Known => {
  const [, kind = '', path = '', version = ''] = /^([^/]+)\/(.+)@(.+)$/.exec(url) ?? [];
  const item: Package = {
    name: kind === 'maven' ? path.replace('/', ':') : path,
    version,
    type,
    purl: `pkg:${url}`,
    ...(listedInFile.has(type) ? { foundIn: `opt/${type}` } : {}),
  };
  return { inventory: { packages: [item] }, known };
};

const librariesOf = (...each: readonly Known[]): Known => ({
  inventory: { packages: each.flatMap(({ inventory }) => inventory.packages) },
  known: each.flatMap(({ known }) => known),
});

const canaries: readonly Canary[] = [
  {
    families: ['debian'],
    inventories: [
      systemOf('deb', 'debian', '13.0', ['openssl', '3.5.1-1', 'CVE-2025-9230']),
      systemOf('deb', 'debian', '12.0', ['glibc', '2.36-9', 'CVE-2023-4911'], ['curl', '7.88.1-10', 'CVE-2023-38545']),
      systemOf(
        'deb',
        'debian',
        '11.0',
        ['openssl', '1.1.1k-1', 'CVE-2021-3711', 'CVE-2022-0778'],
        ['glibc', '2.31-13', 'CVE-2023-4911'],
        ['zlib', '1.2.11.dfsg-2', 'CVE-2022-37434'],
      ),
    ],
  },
  {
    families: ['alpine'],
    inventories: [
      systemOf('apk', 'alpine', '3.20.0', ['openssl', '3.3.0-r0', 'CVE-2024-5535', 'CVE-2024-6119']),
      systemOf(
        'apk',
        'alpine',
        '3.16.0',
        ['zlib', '1.2.12-r1', 'CVE-2022-37434'],
        ['openssl', '1.1.1o-r0', 'CVE-2023-0286'],
      ),
    ],
  },
  {
    families: ['ubuntu'],
    inventories: [
      systemOf('deb', 'ubuntu', '22.04', ['openssl', '3.0.2-0ubuntu1', 'CVE-2022-0778', 'CVE-2022-3602']),
      systemOf('deb', 'ubuntu', '20.04', ['openssl', '1.1.1f-1ubuntu2', 'CVE-2021-3449', 'CVE-2022-0778']),
    ],
  },
  {
    families: ['npm', 'pip', 'maven', 'rubygems', 'composer', 'nuget', 'go', 'cargo'],
    inventories: [
      librariesOf(
        library('node-pkg', 'npm/lodash@4.17.15', 'CVE-2020-8203', 'CVE-2021-23337'),
        library('node-pkg', 'npm/minimist@1.2.0', 'CVE-2020-7598', 'CVE-2021-44906'),
      ),
      librariesOf(
        library('python-pkg', 'pypi/django@2.0', 'CVE-2019-14234', 'CVE-2018-6188'),
        library('python-pkg', 'pypi/pyyaml@5.1', 'CVE-2020-1747', 'CVE-2020-14343'),
      ),
      librariesOf(
        library('jar', 'maven/org.apache.logging.log4j/log4j-core@2.14.1', 'CVE-2021-44228'),
        library('jar', 'maven/commons-collections/commons-collections@3.2.1', 'CVE-2015-7501', 'CVE-2015-6420'),
      ),
      library('gemspec', 'gem/rack@2.0.1', 'CVE-2018-16471', 'CVE-2022-30123'),
      library('composer-vendor', 'composer/guzzlehttp/psr7@1.0.0', 'CVE-2022-24775'),
      library('nuget', 'nuget/Newtonsoft.Json@12.0.1', 'CVE-2024-21907'),
      library('gobinary', 'golang/golang.org/x/text@v0.3.0', 'CVE-2020-14040', 'CVE-2021-38561'),
      library('rustbinary', 'cargo/smallvec@0.6.0', 'CVE-2019-15551', 'CVE-2021-25900'),
    ],
  },
];

const failed = (message: string): DatabaseError =>
  new DatabaseError(
    'database-canary',
    `the canary did not pass: ${message}`,
    'take another database (`assay database list` and `use`), or a newer scanner; the database in use stays',
  );

const timeoutMs = 120_000;

/** The scanner with the database that is proved. */
type Candidate = Pick<TrivyScanner, 'rematch' | 'identity'>;

/**
 * Matches old packages, as the inventory of an image is matched.
 *
 * @returns the reason why nothing of what they are known for was found; undefined if anything was
 */
const whyMissed = async ({ inventory, known }: Known, scanner: Candidate): Promise<string | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-canary-'));
  try {
    const match = await scanner.rematch(join(folder, 'input'), inventory, { timeoutMs });
    if (match.outcome === 'succeeded')
      return match.findings.some(({ vulnerability }) => known.includes(vulnerability))
        ? undefined
        : 'nothing was found';
    return match.outcome === 'failed' ? `${match.code}: ${match.message}` : 'the scanner was stopped';
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * Proves that the scanner finds what is known by a database: for each distribution that it has and a canary knows, and
 * for one of the ecosystems that it has, a vulnerability that has been in every database for years.
 *
 * @param families the families of which the database has advisories
 * @throws DatabaseError `database-canary` if it does not
 * @throws SandboxError if the sandbox did not start
 */
export const proveDatabase = async (scanner: Candidate, families: readonly string[]): Promise<void> => {
  const due = canaries.filter((canary) => canary.families.some((family) => families.includes(family)));
  if (due.length === 0) throw failed(`none knows any of ${families.join(', ') || 'nothing'}`);
  for (const { inventories, families: names } of due) {
    let why: string | undefined = '';
    for (const each of inventories) {
      why = await whyMissed(each, scanner);
      if (why === undefined) break;
    }
    if (why !== undefined)
      throw failed(
        `by this database ${scanner.identity.name} ${scanner.identity.version} finds nothing of what ` +
          `${names.join(', ')} is known for (${why})`,
      );
  }
};
