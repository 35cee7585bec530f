import type { OperatingSystem, Package, ScannedFinding } from '@assay/events';
import type { Descriptor, ManifestDocument } from '@assay/registry';

/** What is true of an image, whoever says what about it. */
export interface Image {
  readonly digest: string;
  readonly mediaType: string;
  readonly document: ManifestDocument;
  readonly os: string;
  readonly truth: Truth;
}

/** What a scan of it brings. */
export interface Truth {
  readonly name: string;
  readonly findings: readonly ScannedFinding[];
  readonly packages: readonly Package[];
  readonly os: OperatingSystem;
  /** The report does not hold: there is no result, however often one asks. */
  readonly invalid?: true;
  /** How long it takes, ms. */
  readonly scanMs: number;
}

const packageOf = (name: string): Package => ({ name, version: '1', type: 'debian', purl: `pkg:deb/debian/${name}@1` });
const usual = ['apt', 'bash', 'libssl3'].map(packageOf);
const debian: OperatingSystem = { family: 'debian', version: '13.0', endOfLife: false };

const findingOf = (n: number, description = ''): ScannedFinding => ({
  vulnerability: `CVE-2026-${n}`,
  aliases: [],
  package: 'libssl3',
  packageType: 'debian',
  installedVersion: '1',
  ...(n % 2 ? { fixedVersion: '2' } : {}),
  severity: n % 3 ? 'High' : 'Low',
  ratings: [],
  references: [],
  cwes: [],
  ...(description ? { description } : {}),
});

/** Two of them are more than a page of an event holds. In letters of three bytes: it is letters that take time. */
const long = '長い話'.repeat(15_000);

const healthy: Truth = { name: 'healthy', findings: [], packages: usual, os: debian, scanMs: 300 };

export const truths = {
  healthy,
  unhealthy: { ...healthy, name: 'unhealthy', findings: [findingOf(1), findingOf(2)] },
  paged: { ...healthy, name: 'paged', findings: [1, 2, 3].map((n) => findingOf(n, long)) },
  distroless: { ...healthy, name: 'distroless', packages: [packageOf('libc6')] },
  invalid: { ...healthy, name: 'invalid', invalid: true },
  /** Longer than a lease. */
  slow: { ...healthy, name: 'slow', findings: [findingOf(4)], scanMs: 20_000 },
  /** Longer than an attempt may last. */
  endless: { ...healthy, name: 'endless', scanMs: 10 * 60_000 },
} as const satisfies Record<string, Truth>;

export const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(8, '0').repeat(8)}`;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const layer: Descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: 1000, digest: digestOf(0) };

/** Its config goes by the digest of the image itself. */
const imageDocument = (n: number, configType: string): ManifestDocument => ({
  kind: 'image',
  mediaType: manifestType,
  config: { mediaType: configType, size: 100, digest: digestOf(n) },
  layers: [layer],
});

export const imageOf = (n: number, truth: Truth, os = 'linux'): Image => ({
  digest: digestOf(n),
  mediaType: manifestType,
  os,
  truth,
  document: imageDocument(n, 'application/vnd.oci.image.config.v1+json'),
});

export const chartOf = (n: number): Image => ({
  digest: digestOf(n),
  mediaType: manifestType,
  os: '',
  truth: healthy,
  document: imageDocument(n, 'application/vnd.cncf.helm.config.v1+json'),
});

export const indexOf = (n: number, images: readonly Image[]): Image => ({
  digest: digestOf(n),
  mediaType: indexType,
  os: '',
  truth: healthy,
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
