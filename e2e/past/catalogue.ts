import { createHash } from 'node:crypto';
import type { Database, OperatingSystem, Package, ScannedFinding, Scanner, Severity } from '@assay/events';
import { Random } from '../simulation/world/random.ts';

/** A package through time: its versions, and the days on which they came out. */
interface Line {
  readonly name: string;
  readonly source: string;
  readonly type: string;
  readonly path?: string;
  readonly versions: readonly string[];
  /** Days, counted from today, on which each version came out; the first long ago. */
  readonly released: readonly number[];
}

/** An advisory of a source package, for all packages that are built from it. */
interface Advisory {
  readonly id: string;
  readonly alias: string | undefined;
  readonly severity: Severity;
  /** Severity from some database on, if the vendor thinks again. */
  readonly revised: { readonly day: number; readonly severity: Severity } | undefined;
  /** Position of the version without it; Infinity if there is none. */
  readonly fixedIn: number;
  readonly publishedDay: number;
  /** The day on which it is withdrawn; mostly never. */
  readonly withdrawnDay: number;
  readonly title: string;
  readonly description: string;
  readonly cwe: string;
  readonly score: number;
  readonly vector: string;
}

export const dayMs = 86_400_000;

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Name of a line: packages of the same source in the same system share versions and advisories. */
const keyOf = (system: string, source: string): string => `${system} ${source}`;

export interface PastSystem {
  readonly os: OperatingSystem | undefined;
  readonly type: string;
  readonly purl: string;
  /** Name, source and version of each package: what comes first is in every image. */
  readonly packages: readonly (readonly [name: string, source: string, version: string])[];
  /** How the next version of a package is written. */
  readonly next: (version: string, n: number) => string;
  /** How many advisories of a version, at most. */
  readonly busy: number;
}

const debian = (release: string, suffix: string, packages: PastSystem['packages'], endOfLife = false): PastSystem => ({
  os: { family: 'debian', version: release, endOfLife },
  type: 'debian',
  purl: 'deb/debian',
  packages,
  next: (version, n) => `${version}+${suffix}u${n}`,
  busy: endOfLife ? 0 : 4,
});

/** Systems of images. Names and versions of packages are real; their advisories are made up. */
export const systems = {
  trixie: debian('13.2', 'deb13', [
    ['base-files', 'base-files', '13.8'],
    ['bash', 'bash', '5.2.37-2'],
    ['apt', 'apt', '3.0.3'],
    ['dpkg', 'dpkg', '1.22.21'],
    ['libc6', 'glibc', '2.41-12'],
    ['libc-bin', 'glibc', '2.41-12'],
    ['libssl3t64', 'openssl', '3.5.1-1'],
    ['openssl', 'openssl', '3.5.1-1'],
    ['zlib1g', 'zlib', '1:1.3.dfsg+really1.3.1-1'],
    ['libexpat1', 'expat', '2.7.1-2'],
    ['libxml2', 'libxml2', '2.12.7+dfsg-2'],
    ['libsqlite3-0', 'sqlite3', '3.46.1-7'],
    ['perl-base', 'perl', '5.40.1-6'],
    ['tar', 'tar', '1.35+dfsg-3'],
    ['libsystemd0', 'systemd', '257.7-1'],
    ['libudev1', 'systemd', '257.7-1'],
    ['libgnutls30t64', 'gnutls28', '3.8.9-3'],
    ['libpam0g', 'pam', '1.7.0-5'],
    ['libcurl4t64', 'curl', '8.14.1-2'],
    ['coreutils', 'coreutils', '9.7-3'],
  ]),
  bookworm: debian('12.11', 'deb12', [
    ['base-files', 'base-files', '12.4'],
    ['bash', 'bash', '5.2.15-2'],
    ['apt', 'apt', '2.6.1'],
    ['dpkg', 'dpkg', '1.21.22'],
    ['libc6', 'glibc', '2.36-9'],
    ['libc-bin', 'glibc', '2.36-9'],
    ['libssl3', 'openssl', '3.0.15-1~deb12'],
    ['openssl', 'openssl', '3.0.15-1~deb12'],
    ['zlib1g', 'zlib', '1:1.2.13.dfsg-1'],
    ['libexpat1', 'expat', '2.5.0-1'],
    ['libxml2', 'libxml2', '2.9.14+dfsg-1.3'],
    ['libxslt1.1', 'libxslt', '1.1.35-1'],
    ['libtiff6', 'tiff', '4.5.0-6'],
    ['libwebp7', 'libwebp', '1.2.4-0.2'],
    ['libsqlite3-0', 'sqlite3', '3.40.1-2'],
    ['perl-base', 'perl', '5.36.0-7'],
    ['git', 'git', '1:2.39.5-0'],
    ['libsystemd0', 'systemd', '252.38-1'],
    ['libkrb5-3', 'krb5', '1.20.1-2'],
    ['libgnutls30', 'gnutls28', '3.7.9-2'],
    ['libcurl4', 'curl', '7.88.1-10'],
    ['login', 'shadow', '1:4.13+dfsg1-1'],
    ['coreutils', 'coreutils', '9.1-1'],
  ]),
  buster: debian(
    '10.13',
    'deb10',
    [
      ['base-files', 'base-files', '10.3+deb10u13'],
      ['bash', 'bash', '5.0-4'],
      ['apt', 'apt', '1.8.2.3'],
      ['libc6', 'glibc', '2.28-10+deb10u4'],
      ['libssl1.1', 'openssl', '1.1.1n-0+deb10u6'],
      ['zlib1g', 'zlib', '1:1.2.11.dfsg-1+deb10u2'],
    ],
    true,
  ),
  alpine: {
    os: { family: 'alpine', version: '3.22.2', endOfLife: false },
    type: 'alpine',
    purl: 'apk/alpine',
    packages: [
      ['apk-tools', 'apk-tools', '2.14.9-r2'],
      ['busybox', 'busybox', '1.37.0-r18'],
      ['musl', 'musl', '1.2.5-r10'],
      ['libcrypto3', 'openssl', '3.5.1-r0'],
      ['libssl3', 'openssl', '3.5.1-r0'],
      ['zlib', 'zlib', '1.3.1-r2'],
      ['ca-certificates-bundle', 'ca-certificates', '20250619-r0'],
      ['libexpat', 'expat', '2.7.1-r0'],
    ],
    next: (version, n) => version.replace(/-r\d+$/, `-r${n + 2}`),
    busy: 2,
  },
  ubuntu: {
    os: { family: 'ubuntu', version: '24.04', endOfLife: false },
    type: 'ubuntu',
    purl: 'deb/ubuntu',
    packages: [
      ['base-files', 'base-files', '13ubuntu10.3'],
      ['bash', 'bash', '5.2.21-2ubuntu4'],
      ['apt', 'apt', '2.8.3'],
      ['dpkg', 'dpkg', '1.22.6ubuntu6.5'],
      ['libc6', 'glibc', '2.39-0ubuntu8'],
      ['libssl3t64', 'openssl', '3.0.13-0ubuntu3'],
      ['zlib1g', 'zlib', '1:1.3.dfsg-3.1ubuntu2'],
      ['libexpat1', 'expat', '2.6.1-2ubuntu0'],
      ['python3.12-minimal', 'python3.12', '3.12.3-1ubuntu0'],
      ['perl-base', 'perl', '5.38.2-3.2'],
      ['tar', 'tar', '1.35+dfsg-3build1'],
    ],
    next: (version, n) => `${version}.${n}`,
    busy: 2,
  },
  wolfi: {
    os: { family: 'wolfi', version: '20230201', endOfLife: false },
    type: 'wolfi',
    purl: 'apk/wolfi',
    packages: [
      ['wolfi-baselayout', 'wolfi-baselayout', '20230201-r24'],
      ['glibc', 'glibc', '2.42-r0'],
      ['libcrypto3', 'openssl', '3.5.2-r0'],
      ['libssl3', 'openssl', '3.5.2-r0'],
      ['zlib', 'zlib', '1.3.1-r51'],
    ],
    next: (version, n) => version.replace(/-r(\d+)$/, (_, r) => `-r${Number(r) + n}`),
    busy: 1,
  },
  /** Nothing but a program. */
  scratch: { os: undefined, type: 'none', purl: 'generic', packages: [], next: (version) => version, busy: 0 },
} as const satisfies Record<string, PastSystem>;
export type PastSystemName = keyof typeof systems;

/** Packages of languages: type, name, version, path. */
export const languages = {
  node: [
    ['node-pkg', 'express', '4.18.2'],
    ['node-pkg', 'lodash', '4.17.20'],
    ['node-pkg', 'semver', '7.5.1'],
    ['node-pkg', 'axios', '1.6.0'],
    ['node-pkg', 'ws', '8.16.0'],
    ['node-pkg', '@babel/traverse', '7.22.0'],
  ],
  python: [
    ['python-pkg', 'requests', '2.31.0'],
    ['python-pkg', 'urllib3', '2.0.6'],
    ['python-pkg', 'Jinja2', '3.1.2'],
    ['python-pkg', 'setuptools', '68.0.0'],
  ],
  java: [
    ['jar', 'org.springframework:spring-core', '6.1.2'],
    ['jar', 'com.fasterxml.jackson.core:jackson-databind', '2.15.0'],
    ['jar', 'org.apache.logging.log4j:log4j-core', '2.20.0'],
    ['jar', 'io.netty:netty-codec-http2', '4.1.100.Final'],
  ],
  go: [
    ['gobinary', 'stdlib', 'v1.22.1'],
    ['gobinary', 'golang.org/x/crypto', 'v0.17.0'],
    ['gobinary', 'golang.org/x/net', 'v0.19.0'],
  ],
  none: [],
} as const satisfies Record<string, readonly (readonly [type: string, name: string, version: string])[]>;
export type LanguageName = keyof typeof languages;

const purlTypes: Readonly<Record<string, string>> = {
  'node-pkg': 'npm',
  'python-pkg': 'pypi',
  jar: 'maven',
  gobinary: 'golang',
};
const paths: Readonly<Record<string, (name: string) => string>> = {
  'node-pkg': (name) => `srv/app/node_modules/${name}/package.json`,
  'python-pkg': (name) => `usr/lib/python3/site-packages/${name}.dist-info/METADATA`,
  jar: (name) => `opt/app/lib/${name.split(':')[1]!}.jar`,
  gobinary: () => 'usr/local/bin/server',
};

const flaws = [
  ['heap buffer overflow in', 'CWE-122', 'C:H/I:H/A:H'],
  ['out-of-bounds read in', 'CWE-125', 'C:H/I:N/A:L'],
  ['use after free in', 'CWE-416', 'C:H/I:H/A:H'],
  ['denial of service by crafted input to', 'CWE-400', 'C:N/I:N/A:H'],
  ['missing check of certificates in', 'CWE-295', 'C:H/I:H/A:N'],
  ['path traversal in', 'CWE-22', 'C:H/I:N/A:N'],
  ['integer overflow in', 'CWE-190', 'C:L/I:L/A:H'],
  ['disclosure of memory by', 'CWE-200', 'C:H/I:N/A:N'],
] as const;
const parts = ['the parser', 'the decoder', 'its command line', 'the handshake', 'the archive reader', 'URL handling'];

const severities: readonly Severity[] = ['Critical', 'High', 'High', 'Medium', 'Medium', 'Medium', 'Low', 'Low'];
const scores: Readonly<Record<string, number>> = { Critical: 9.8, High: 7.5, Medium: 5.5, Low: 3.1 };

/** The build of the scanner by which the past begins, and its successor. */
export const scannerBuilds: readonly [Scanner, Scanner] = [
  { name: 'trivy', version: '0.73.1', digest: sha256('a build of the scanner that is recalled') },
  { name: 'trivy', version: '0.74.0', digest: sha256('a build of the scanner that counts') },
];

/** Packages and advisories through 90 days, from a seed: the same seed gives the same. */
export class PackageCatalogue {
  /** Days, counted from today, at which databases are announced. */
  readonly databaseDays: readonly number[];
  readonly #lines = new Map<string, Line>();
  readonly #advisories = new Map<string, readonly Advisory[]>();
  readonly #random: Random;
  readonly #today: number;
  readonly #seed: number;
  #ids = 0;

  /** @param today the end of the past, ms since the epoch */
  constructor(seed: number, today: number) {
    this.#seed = seed;
    this.#today = today;
    this.#random = new Random(seed);
    for (const [name, system] of Object.entries(systems))
      for (const each of system.packages) this.#add(name, system, each);
    for (const list of Object.values(languages)) for (const each of list) this.#addLanguage(each);
    const days: number[] = [];
    for (let day = -93; day < -1; day += 4) days.push(day);
    this.databaseDays = [...days, -0.6];
  }

  /** The nth database. */
  database(n: number): Database {
    const day = this.databaseDays[n];
    if (day === undefined) throw new RangeError(`there is no database ${n}`);
    return {
      digest: sha256(`database ${n} of seed ${this.#seed}`),
      builtAt: new Date(this.#today + day * dayMs - 3 * 3_600_000).toISOString(),
      demonstration: false,
    };
  }

  /** @throws RangeError if there is no such database */
  numberOf(digest: string): number {
    const n = this.databaseDays.findIndex((_, at) => sha256(`database ${at} of seed ${this.#seed}`) === digest);
    if (n < 0) throw new RangeError(`there is no database ${digest}`);
    return n;
  }

  /**
   * The packages of an image.
   *
   * @param day its base and its languages are those of this day
   * @param layers digests of the layer of the system and of the application
   */
  packages(system: PastSystemName, language: LanguageName, day: number, layers: readonly [string, string]): Package[] {
    const { type, purl, packages } = systems[system] as PastSystem;
    return [
      ...packages.map(([name, source]) => {
        const version = versionOn(this.#lines.get(keyOf(system, source))!, day);
        return {
          name,
          version,
          type,
          ...(source === name ? {} : { sourcePackage: source, sourceVersion: version }),
          purl: `pkg:${purl}/${name}@${encodeURIComponent(version)}`,
          licenses: ['MIT'],
          layer: layers[0],
        };
      }),
      ...languages[language].map(([kind, name]) => {
        const version = versionOn(this.#lines.get(keyOf(kind, name))!, day);
        return {
          name,
          version,
          type: kind,
          purl: `pkg:${purlTypes[kind]}/${name.replace(':', '/').replace('@', '%40')}@${version}`,
          path: paths[kind]!(name),
          layer: layers[1],
        };
      }),
    ];
  }

  /** The findings of packages by a database: those of advisories that it knows. */
  findings(system: string, packages: readonly Package[], database: string): ScannedFinding[] {
    const day = this.databaseDays[this.numberOf(database)]!;
    return packages.flatMap((item) => {
      const key = keyOf(item.path === undefined ? system : item.type, item.sourcePackage ?? item.name);
      const line = this.#lines.get(key);
      const at = line?.versions.indexOf(item.version) ?? -1;
      if (!line || at < 0) return [];
      return (this.#advisories.get(key) ?? []).flatMap((advisory) =>
        advisory.publishedDay <= day && day < advisory.withdrawnDay && at < advisory.fixedIn
          ? [this.#finding(item, line, advisory, day)]
          : [],
      );
    });
  }

  /** A vulnerability of the system that is in many images: of openssl in Debian 13. */
  get frequent(): string {
    return this.#advisories.get(keyOf('trixie', 'openssl'))!.at(-1)!.id;
  }

  #finding(item: Package, line: Line, advisory: Advisory, day: number): ScannedFinding {
    const { revised, fixedIn } = advisory;
    const severity = revised && revised.day <= day ? revised.severity : advisory.severity;
    const isFixed = fixedIn < line.versions.length && line.released[fixedIn]! <= day;
    const isSystem = item.path === undefined;
    const ratings = [
      { source: 'nvd', severity: advisory.severity, score: advisory.score, vector: advisory.vector },
      ...(isSystem ? [{ source: item.type, severity }] : [{ source: 'ghsa', severity }]),
    ];
    return {
      vulnerability: advisory.id,
      aliases: advisory.alias === undefined ? [] : [advisory.alias],
      package: item.name,
      packageType: item.type,
      ...(item.sourcePackage === undefined ? {} : { sourcePackage: item.sourcePackage }),
      installedVersion: item.version,
      ...(isFixed ? { fixedVersion: line.versions[fixedIn]! } : {}),
      ...(item.path === undefined ? {} : { path: item.path }),
      ...(item.layer === undefined ? {} : { layer: item.layer }),
      title: advisory.title,
      description: advisory.description,
      severity,
      ratings: ratings.toSorted((a, b) => (a.source < b.source ? -1 : 1)),
      ...(isSystem ? { ownSource: item.type } : {}),
      references: [`https://advisories.example.org/${advisory.id}`, `https://nvd.nist.gov/vuln/detail/${advisory.id}`],
      cwes: [advisory.cwe],
      publishedAt: new Date(this.#today + advisory.publishedDay * dayMs).toISOString(),
    };
  }

  #add(name: string, { type, next, busy }: PastSystem, [, source, version]: readonly [string, string, string]): void {
    const key = keyOf(name, source);
    if (this.#lines.has(key)) return;
    const steps = busy === 0 ? 0 : this.#random.whole(0, 3);
    this.#put(key, { name: source, source, type, ...this.#versions(version, steps, next) }, busy);
  }

  #addLanguage([type, name, version]: readonly [string, string, string]): void {
    const next = (from: string, n: number): string =>
      from.replace(/\.(\d+)(\.Final)?$/, (_, last, tail = '') => `.${Number(last) + n}${tail}`);
    const steps = this.#random.whole(1, 3);
    this.#put(keyOf(type, name), { name, source: name, type, ...this.#versions(version, steps, next) }, 2);
  }

  #versions(first: string, steps: number, next: PastSystem['next']): Pick<Line, 'versions' | 'released'> {
    const released = Array.from({ length: steps }, () => this.#random.whole(-110, -4)).toSorted((a, b) => a - b);
    return {
      versions: [first, ...released.map((_, at) => next(first, at + 1))],
      released: [-1000, ...released],
    };
  }

  /** Advisories of a line: those that its versions fix, and now and then one without a fix. */
  #put(key: string, line: Line, busy: number): void {
    const random = this.#random;
    const advisories: Advisory[] = [];
    for (let fixedIn = 1; fixedIn < line.versions.length; fixedIn += 1)
      for (let n = random.whole(1, Math.max(1, busy)); n > 0; n -= 1)
        advisories.push(
          this.#advisory(
            line,
            fixedIn,
            line.released[fixedIn]! - (random.chance(0.2) ? random.whole(5, 20) : random.whole(-8, 1)),
          ),
        );
    if (busy > 2 && random.chance(0.25))
      advisories.push(this.#advisory(line, Number.POSITIVE_INFINITY, random.whole(-200, -10), 'Low'));
    this.#lines.set(key, line);
    this.#advisories.set(key, advisories);
  }

  #advisory({ name, type }: Line, fixedIn: number, publishedDay: number, given?: Severity): Advisory {
    const random = this.#random;
    this.#ids += 1;
    const severity = given ?? random.pick(severities);
    const [flaw, cwe, impact] = random.pick(flaws);
    const part = random.pick(parts);
    const year = new Date(this.#today + publishedDay * dayMs).getUTCFullYear();
    const isRevised = random.chance(0.08);
    return {
      id: `CVE-${year}-${30_000 + this.#ids * 37}`,
      alias: type === 'debian' ? `DSA-${6000 + this.#ids}-1` : undefined,
      severity,
      revised: isRevised ? { day: random.whole(-60, -5), severity: random.pick(severities) } : undefined,
      fixedIn,
      publishedDay,
      withdrawnDay: random.chance(0.03) ? random.whole(-40, -3) : Number.POSITIVE_INFINITY,
      title: `${name}: ${flaw} ${part}`,
      description:
        `A ${flaw} ${part} of ${name} lets a remote attacker harm a program that reads data from strangers. ` +
        'This advisory is made up for a past that tests use.',
      cwe,
      score: scores[severity] ?? 0,
      vector: `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/${impact}`,
    };
  }
}

const versionOn = ({ versions, released }: Line, day: number): string =>
  versions[released.findLastIndex((each) => each <= day)]!;
