import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '@assay/advisories';
import { tooMuchJson } from '../json-bounds.ts';
import type { TrivyParts } from './trivy-scanner.ts';
import { writesToItsDatabase } from './version.ts';

/** An old package, with the vulnerabilities that it is known for. A real database has had them for years. */
interface KnownPackage {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** Trivy's name of its kind. */
  readonly type: string;
  readonly known: readonly string[];
}

interface Canary {
  /** A database that has one of these families must find what is known. */
  readonly families: readonly string[];
  /** Documents of one system each, or of none. If one finds nothing, the next may: databases drop old releases. */
  readonly documents: readonly {
    readonly system?: { readonly name: string; readonly version: string };
    readonly packages: readonly KnownPackage[];
  }[];
}

const ofSystem =
  (kind: string, system: string, version: string) =>
  (name: string, installed: string, ...known: readonly string[]): KnownPackage => ({
    name,
    version: installed,
    purl: `pkg:${kind}/${system}/${name}@${encodeURIComponent(installed)}?distro=${system}-${version}`,
    type: system,
    known,
  });

const systemOf = (kind: string, name: string, version: string, ...packages: readonly (readonly string[])[]) => ({
  system: { name, version },
  packages: packages.map(([called = '', installed = '', ...known]) =>
    ofSystem(kind, name, version)(called, installed, ...known),
  ),
});

const library = (type: string, purl: string, ...known: readonly string[]): KnownPackage => {
  const [, path = '', version = ''] = /^pkg:[^/]+\/(.+)@(.+)$/.exec(purl) ?? [];
  return { name: path, version, purl, type, known };
};

const canaries: readonly Canary[] = [
  {
    families: ['debian'],
    documents: [
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
    documents: [
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
    documents: [
      systemOf('deb', 'ubuntu', '22.04', ['openssl', '3.0.2-0ubuntu1', 'CVE-2022-0778', 'CVE-2022-3602']),
      systemOf('deb', 'ubuntu', '20.04', ['openssl', '1.1.1f-1ubuntu2', 'CVE-2021-3449', 'CVE-2022-0778']),
    ],
  },
  {
    families: ['npm', 'pip', 'maven', 'rubygems', 'composer', 'nuget', 'go', 'cargo'],
    documents: [
      {
        packages: [
          library('node-pkg', 'pkg:npm/lodash@4.17.15', 'CVE-2020-8203', 'CVE-2021-23337'),
          library('node-pkg', 'pkg:npm/minimist@1.2.0', 'CVE-2020-7598', 'CVE-2021-44906'),
          library('python-pkg', 'pkg:pypi/django@2.0', 'CVE-2019-14234', 'CVE-2018-6188'),
          library('python-pkg', 'pkg:pypi/pyyaml@5.1', 'CVE-2020-1747', 'CVE-2020-14343'),
          library('jar', 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1', 'CVE-2021-44228'),
          library('jar', 'pkg:maven/commons-collections/commons-collections@3.2.1', 'CVE-2015-7501', 'CVE-2015-6420'),
          library('gemspec', 'pkg:gem/rack@2.0.1', 'CVE-2018-16471', 'CVE-2022-30123'),
          library('composer-vendor', 'pkg:composer/guzzlehttp/psr7@1.0.0', 'CVE-2022-24775'),
          library('nuget', 'pkg:nuget/Newtonsoft.Json@12.0.1', 'CVE-2024-21907'),
          library('gobinary', 'pkg:golang/golang.org/x/text@v0.3.0', 'CVE-2020-14040', 'CVE-2021-38561'),
          library('rustbinary', 'pkg:cargo/smallvec@0.6.0', 'CVE-2019-15551', 'CVE-2021-25900'),
        ],
      },
    ],
  },
];

type Document = Canary['documents'][number];

const property = (name: string, value: string) => ({ name: `aquasecurity:trivy:${name}`, value });

/**
 * A document as Trivy reads its own. The source package is named, because distributions publish advisories for those,
 * and every component is in the graph, because Trivy 0.59 leaves others out without a word.
 */
const cycloneDx = ({ system, packages }: Document): object => {
  const components = packages.map(({ name, version, purl, type }) => ({
    'bom-ref': purl,
    type: 'library',
    name,
    version,
    purl,
    properties: [
      property('PkgID', `${name}@${version}`),
      property('PkgType', type),
      ...(system ? sourceOf(name, version, purl) : []),
    ],
  }));
  const refs = packages.map(({ purl }) => purl);
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { 'bom-ref': 'root', type: 'container', name: 'canary' } },
    components: [
      ...(system
        ? [
            {
              'bom-ref': 'system',
              type: 'operating-system',
              ...system,
              properties: [property('Class', 'os-pkgs'), property('Type', system.name)],
            },
          ]
        : []),
      ...components,
    ],
    dependencies: [
      { ref: 'root', dependsOn: system ? ['system'] : refs },
      ...(system ? [{ ref: 'system', dependsOn: refs }] : []),
      ...refs.map((ref) => ({ ref, dependsOn: [] })),
    ],
  };
};

const sourceOf = (name: string, version: string, purl: string): object[] => {
  const at = purl.startsWith('pkg:deb/') ? version.lastIndexOf('-') : -1;
  return [
    property('SrcName', name),
    property('SrcVersion', at < 0 ? version : version.slice(0, at)),
    ...(at < 0 ? [] : [property('SrcRelease', version.slice(at + 1))]),
  ];
};

interface Found {
  readonly Results?: readonly { readonly Vulnerabilities?: readonly { readonly VulnerabilityID?: string }[] | null }[];
}

const args = [
  '--cache-dir',
  '/cache',
  'sbom',
  '/input/canary.json',
  '--offline-scan',
  '--skip-db-update',
  '--skip-java-db-update',
  '--scanners',
  'vuln',
  '--format',
  'json',
];
const timeoutMs = 120_000;

type CanaryParts = Pick<TrivyParts, 'sandbox' | 'program' | 'identity' | 'databaseDirectory'>;

const failed = (message: string, cause?: unknown): DatabaseError =>
  new DatabaseError(
    'database-canary',
    `the canary did not pass: ${message}`,
    'take another database (`assay database list` and `use`), or a newer scanner; the database in use stays',
    { cause },
  );

/** Scans a document, in the sandbox as an image is. */
const foundIn = async (document: Document, parts: CanaryParts): Promise<ReadonlySet<string>> => {
  const { sandbox, program, identity, databaseDirectory } = parts;
  const input = await mkdtemp(join(tmpdir(), 'assay-canary-'));
  try {
    // The slot's user reads it.
    await chmod(input, 0o755);
    await writeFile(join(input, 'canary.json'), JSON.stringify(cycloneDx(document)), { mode: 0o644 });
    const run = await sandbox.run({
      program,
      args,
      input,
      database: { path: databaseDirectory, writable: writesToItsDatabase(identity.version) },
      timeoutMs,
    });
    if (run.code !== 0 || tooMuchJson(run.stdout) !== undefined)
      throw failed(`the scanner ended with status ${run.code ?? run.ended}: ${run.stderr.slice(-300)}`);
    const { Results = [] } = JSON.parse(run.stdout.toString('utf8')) as Found;
    return new Set(
      Results.flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []).flatMap((each) => each.VulnerabilityID ?? []),
    );
  } catch (error) {
    throw error instanceof SyntaxError ? failed(`the scanner printed no JSON: ${error.message}`, error) : error;
  } finally {
    await rm(input, { recursive: true, force: true });
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
export const proveDatabase = async (parts: CanaryParts, families: readonly string[]): Promise<void> => {
  const due = canaries.filter((canary) => canary.families.some((family) => families.includes(family)));
  if (due.length === 0) throw failed(`none knows any of ${families.join(', ') || 'nothing'}`);
  for (const { documents, families: names } of due) {
    let isFound = false;
    for (const document of documents) {
      const found = await foundIn(document, parts);
      isFound = document.packages.some(({ known }) => known.some((id) => found.has(id)));
      if (isFound) break;
    }
    if (!isFound)
      throw failed(
        `by this database ${parts.identity.name} ${parts.identity.version} finds nothing of what ` +
          `${names.join(', ')} is known for`,
      );
  }
};
