import type { Disagreement, DisagreementKind, OperatingSystem, Package, ScannedFinding, Witness } from '@assay/events';
import type { Descriptor, ManifestDocument } from '@assay/registry';

/** The true properties of an image, independent of the reports of services. */
export interface SimulatedImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly document: ManifestDocument;
  readonly os: string;
  readonly truth: TrueScan;
  /** The images that an index lists. */
  readonly children?: readonly SimulatedImage[];
}

/** The result of a scan. */
export interface TrueScan {
  readonly name: string;
  readonly findings: readonly ScannedFinding[];
  readonly packages: readonly Package[];
  readonly os: OperatingSystem;
  /** Absent if no witness looks at the image. */
  readonly witness?: Witness;
  /** Warnings of the scanner about its report. */
  readonly warnings?: readonly string[];
  /** The reason why the image is not healthy even if the scanner finds nothing. */
  readonly doubt?: string;
  /** The report is never valid: every attempt ends without a result. */
  readonly invalid?: true;
  /** Duration of the scan, in ms. */
  readonly scanMs: number;
}

const packageOf = (name: string): Package => ({ name, version: '1', type: 'debian', purl: `pkg:deb/debian/${name}@1` });
const usual = ['apt', 'bash', 'libssl3'].map(packageOf);
const debian: OperatingSystem = { family: 'debian', version: '13.0', endOfLife: false };

const findingOf = (n: number, aliases: readonly string[] = []): ScannedFinding => ({
  vulnerability: `CVE-2026-${n}`,
  aliases: [...aliases],
  package: 'libssl3',
  packageType: 'debian',
  installedVersion: '1',
  ...(n % 2 ? { fixedVersion: '2' } : {}),
  severity: n % 3 ? 'High' : 'Low',
  ratings: [],
  references: [],
  cwes: [],
});

/**
 * Two of these are more than a page of an event can hold. The letters have three bytes each, because the number of
 * letters costs time.
 */
const long = '長い話'.repeat(15_000);

const agreeing: Witness = {
  version: 'simulated',
  layers: 1,
  packages: usual.length,
  databases: [{ kind: 'dpkg', path: 'var/lib/dpkg/status', packages: usual.length }],
  systems: [{ source: 'etc/os-release', family: debian.family, version: debian.version }],
  languages: [],
  unread: [],
  disagreements: [],
};
const unwitnessed = { findings: [], packages: usual, os: debian, scanMs: 300 };
const healthy: TrueScan = { ...unwitnessed, name: 'healthy', witness: agreeing };

/** An image in which the scanner finds nothing, and of which the witness knows better. */
const disagreeing = (what: DisagreementKind, doubt: string): TrueScan => {
  const disagreement: Disagreement = {
    what,
    path: 'var/lib/dpkg/status',
    scanner: usual.length,
    witness: usual.length + 1,
    examples: ['openssl'],
  };
  return { ...healthy, name: what, witness: { ...agreeing, disagreements: [disagreement] }, doubt };
};

/** Images that look clean and are not known to be. The reasons are those of docs/usage.md. */
export const doubtful: readonly TrueScan[] = [
  { ...unwitnessed, name: 'unwitnessed', doubt: 'not-witnessed' },
  { ...healthy, name: 'warned of', warnings: ['packages-unreadable'], doubt: 'packages-unreadable' },
  {
    ...healthy,
    name: 'unread',
    witness: { ...agreeing, unread: [{ path: 'var/lib/rpm/Packages', reason: 'berkeley-db' }] },
    doubt: 'inventory-unread',
  },
  disagreeing('packages', 'inventory-disagrees'),
  disagreeing('other-database', 'inventory-disagrees'),
  disagreeing('several-systems', 'system-unclear'),
  disagreeing('system', 'system-unclear'),
  disagreeing('database-kind', 'system-unclear'),
  disagreeing('no-database', 'no-package-database'),
];

export const truths = {
  healthy,
  unhealthy: { ...healthy, name: 'unhealthy', findings: [findingOf(1), findingOf(2)] },
  /** The witness disagrees, but the findings stand. */
  disagreeing: { ...disagreeing('packages', 'inventory-disagrees'), name: 'disagreeing', findings: [findingOf(5)] },
  paged: { ...healthy, name: 'paged', findings: [1, 2, 3].map((n) => findingOf(n, [long])) },
  /** So many that most changes are published as changes. */
  many: { ...healthy, name: 'many', findings: Array.from({ length: 9 }, (_, n) => findingOf(n + 1)) },
  /** The same package lies at several paths. */
  spread: {
    ...healthy,
    name: 'spread',
    findings: ['b', 'a', 'c'].map((folder) => ({
      ...findingOf(7),
      package: 'left-pad',
      packageType: 'node-pkg',
      path: `${folder}/node_modules/left-pad/package.json`,
    })),
  },
  distroless: { ...healthy, name: 'distroless', packages: [packageOf('libc6')] },
  invalid: { ...healthy, name: 'invalid', invalid: true },
  /** Longer than a lease. */
  slow: { ...healthy, name: 'slow', findings: [findingOf(4)], scanMs: 20_000 },
  /** Longer than an attempt may last. */
  endless: { ...healthy, name: 'endless', scanMs: 10 * 60_000 },
} as const satisfies Record<string, TrueScan>;

const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(8, '0').repeat(8)}`;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const layer: Descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: 1000, digest: digestOf(0) };

/** Its config is named by the digest of the image itself. */
const imageDocument = (n: number, configType: string): ManifestDocument => ({
  kind: 'image',
  mediaType: manifestType,
  config: { mediaType: configType, size: 100, digest: digestOf(n) },
  layers: [layer],
});

export const imageOf = (n: number, truth: TrueScan, os = 'linux'): SimulatedImage => ({
  digest: digestOf(n),
  mediaType: manifestType,
  os,
  truth,
  document: imageDocument(n, 'application/vnd.oci.image.config.v1+json'),
});

export const chartOf = (n: number): SimulatedImage => ({
  digest: digestOf(n),
  mediaType: manifestType,
  os: '',
  truth: healthy,
  document: imageDocument(n, 'application/vnd.cncf.helm.config.v1+json'),
});

export const indexOf = (n: number, images: readonly SimulatedImage[]): SimulatedImage => ({
  digest: digestOf(n),
  mediaType: indexType,
  os: '',
  truth: healthy,
  children: images,
  document: {
    kind: 'index',
    mediaType: indexType,
    manifests: images.map(({ digest, mediaType, os }) => ({
      digest,
      mediaType,
      size: 100,
      platform: { os, architecture: 'amd64' },
    })),
  },
});
