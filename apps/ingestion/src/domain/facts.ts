import type { Facts, IndexChild } from '@assay/events';
import { artifactKind } from './kinds.ts';

export interface InspectedLayer {
  readonly mediaType: string;
  readonly size: number;
  readonly urls?: readonly string[];
}

export interface IndexEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
}

export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: { readonly mediaType: string };
  readonly layers: readonly InspectedLayer[];
  readonly subject?: object;
}

export interface IndexManifest {
  readonly kind: 'index';
  readonly manifests: readonly IndexEntry[];
}

/** Docker's first manifest format (schema 1), which no client reads any more. */
export interface LegacyManifest {
  readonly kind: 'schema1';
  readonly fsLayers: number;
}

export type InspectedManifest = ImageManifest | IndexManifest | LegacyManifest;

export interface InspectedConfig {
  readonly os?: string;
  readonly osVersion?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly created?: string;
}

/**
 * Derives the facts by which other services judge a manifest. They are read from the registry, never from a
 * notification's media type: there a signature looks like an image.
 *
 * @param config the config of an image, once it was fetched; the facts without it show whether it is needed
 */
export const factsOf = (document: InspectedManifest, config?: InspectedConfig, tag?: string): Facts => {
  if (document.kind === 'index') return { ...noLayers, kind: 'index', children: document.manifests.map(childOf) };
  if (document.kind === 'schema1') return { ...noLayers, kind: 'legacy-manifest', layers: document.fsLayers };
  const { layers } = document;
  const cannotRun = proofOf(document);
  return {
    kind: kindOf(document, config, tag),
    ...(cannotRun ? { cannotRun } : {}),
    ...platformOf(config),
    layers: layers.length,
    compressedBytes: Math.min(
      Number.MAX_SAFE_INTEGER,
      layers.reduce((sum, { size }) => sum + size, 0),
    ),
    encrypted: layers.some(({ mediaType }) => mediaType.endsWith(encryption)),
    foreignLayers: layers.some(isForeign),
  };
};

const noLayers = { layers: 0, compressedBytes: 0, encrypted: false, foreignLayers: false };
const encryption = '+encrypted';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const imageManifestTypes = ['application/vnd.oci.image.manifest.v1+json', dockerManifest];
const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const imageConfigTypes = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];
const ociLayer = String.raw`oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+gzip|\+zstd)?`;
const dockerLayer = String.raw`docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.gzip|\.zstd)?`;
/**
 * A file system as tar, compressed or not, wherever it is stored. Podman and buildkit write Docker's two types without
 * `.gzip`.
 */
const layerType = new RegExp(String.raw`^application/vnd\.(${ociLayer}|${dockerLayer})$`);

const isImageConfig = (mediaType: string | undefined): boolean => imageConfigTypes.includes(mediaType ?? '');
const isFileSystem = ({ mediaType }: InspectedLayer): boolean => layerType.test(mediaType.replace(encryption, ''));
const isForeign = ({ mediaType, urls = [] }: InspectedLayer): boolean =>
  urls.length > 0 || /\.(nondistributable|foreign)\./.test(mediaType);
const isUnknownPlatform = (platform: { os?: string; architecture?: string } | undefined): boolean =>
  platform?.os === 'unknown' && platform.architecture === 'unknown';

interface Candidate {
  readonly manifest: ImageManifest;
  readonly config: InspectedConfig | undefined;
  readonly tag: string | undefined;
}

const layerTypes = (layers: readonly InspectedLayer[]): string[] => layers.map(({ mediaType }) => mediaType);
const byManifest = ({ manifest: { artifactType, config, layers }, tag }: Candidate): string =>
  artifactKind([artifactType, config.mediaType, ...layerTypes(layers)], tag);

/**
 * The first matching row gives the kind; without a match it is an image. `subject` and `artifactType` are words of the
 * pusher that no runtime reads, so they exempt no image: they only name the kind of what is none.
 */
const kinds: readonly { fits: (candidate: Candidate) => boolean; kind: (candidate: Candidate) => string }[] = [
  { fits: ({ manifest }) => !isImageConfig(manifest.config.mediaType), kind: byManifest },
  {
    fits: ({ manifest }) => !manifest.layers.every(isFileSystem),
    kind: ({ manifest: { artifactType, layers }, tag }) =>
      artifactKind([artifactType, ...layerTypes(layers.filter((layer) => !isFileSystem(layer)))], tag),
  },
  { fits: ({ config }) => isUnknownPlatform(config), kind: () => 'attestation' },
];

/**
 * Types that Docker takes for the config of an image besides the two: registries once served configs under them (its
 * `distribution` package lists them).
 */
const tolerated = ['', 'application/octet-stream', 'application/json', 'text/html'];

/**
 * The proof that no runtime runs a manifest. A layer that is a file system spoils any proof. The type of the config is
 * one where all runtimes look at it, which is not so in Docker's format and for the tolerated types. There the types of
 * the layers are left, at which some runtimes do not look.
 */
const proofOf = ({ mediaType, config, layers }: ImageManifest): string | undefined => {
  if (layers.some(isFileSystem)) return undefined;
  const isOther = !isImageConfig(config.mediaType) && !tolerated.includes(config.mediaType);
  if (isOther && mediaType !== dockerManifest) return 'config-type';
  return layers.length > 0 ? 'layer-types' : undefined;
};

const kindOf = (manifest: ImageManifest, config: InspectedConfig | undefined, tag: string | undefined): string => {
  const candidate = { manifest, config, tag };
  return kinds.find(({ fits }) => fits(candidate))?.kind(candidate) ?? 'image';
};

const childOf = (entry: IndexEntry): IndexChild => ({
  digest: entry.digest,
  kind: childKind(entry),
  ...platformOf(entry.platform),
});

/** Runtimes choose a manifest by its platform, so no other mark exempts one that has a platform. */
const childKind = ({ platform, annotations, mediaType, artifactType }: IndexEntry): string => {
  if (indexTypes.includes(mediaType)) return 'index';
  if (!imageManifestTypes.includes(mediaType)) return artifactKind([artifactType, mediaType]);
  if (!isUnknownPlatform(platform)) return 'image';
  if (annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return 'attestation';
  return artifactType === undefined || isImageConfig(artifactType) ? 'image' : artifactKind([artifactType]);
};

/** Longer texts are neither a platform nor a date, and an event must stay small. */
const longest = 128;

const platformOf = (
  config: InspectedConfig | undefined,
): Pick<Facts, 'os' | 'osVersion' | 'architecture' | 'variant' | 'createdAt'> => {
  const { os, osVersion, architecture, variant, created: createdAt } = config ?? {};
  return Object.fromEntries(
    Object.entries({ os, osVersion, architecture, variant, createdAt })
      .filter((entry): entry is [string, string] => entry[1] !== undefined)
      // oxlint-disable-next-line no-control-regex -- a line is a line, wherever it is shown
      .map(([name, text]) => [name, text.slice(0, longest).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')]),
  );
};
