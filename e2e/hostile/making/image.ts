import {
  blobOf,
  descriptorOf,
  manifestOf,
  ociConfig,
  ociLayer,
  type FakeBlob,
  type FakeRegistry,
} from '../../../libs/registry/test/fake-registry.ts';
import {
  debian,
  dpkgPackage,
  layerOf,
  vulnerable,
  type LayoutEntry,
  type MadeLayer,
} from '../../../apps/sandbox-runner/test/layouts.ts';

export {
  blobOf,
  descriptorOf,
  manifestOf,
  ociConfig,
  ociIndex,
  ociLayer,
  ociManifest,
  type FakeBlob,
} from '../../../libs/registry/test/fake-registry.ts';
export {
  debian,
  dpkgPackage,
  layerOf,
  osRelease,
  sha256,
  tarOf,
  vulnerable,
  type LayoutEntry,
  type MadeLayer,
} from '../../../apps/sandbox-runner/test/layouts.ts';

/** The files that make an image assessable: a system, a package manager, a shell, and a vulnerable package. */
export const assessed = (...packages: string[]): LayoutEntry[] =>
  debian(dpkgPackage('apt'), dpkgPackage('bash'), vulnerable, ...packages);

export interface HostileImage {
  readonly config: FakeBlob;
  readonly layers: readonly FakeBlob[];
  readonly manifest: FakeBlob;
}

interface ImageOptions {
  /** Makes the digest unique. */
  readonly author: string;
  readonly diffIds?: readonly string[];
  /** Further members of the config. */
  readonly config?: object;
}

/** An image whose layers may be anything. */
export const imageOf = (
  made: readonly MadeLayer[],
  { author, diffIds = made.map(({ diffId }) => diffId), config: more = {} }: ImageOptions,
): HostileImage => {
  const layers = made.map(({ blob, mediaType = ociLayer }) => blobOf(mediaType, blob));
  const config = blobOf(ociConfig, {
    author,
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: diffIds },
    ...more,
  });
  return { config, layers, manifest: manifestOf(config, layers.map(descriptorOf)) };
};

/** A good image with a layer of some files on top. */
export const imageWith = async (author: string, ...layers: LayoutEntry[][]): Promise<HostileImage> =>
  imageOf(await Promise.all(layers.map(layerOf)), { author });

/** The good image that many inputs spoil. */
export const goodImage = (author: string): Promise<HostileImage> => imageWith(author, assessed());

/** @returns the digest of its manifest */
export const held = (registry: FakeRegistry, image: HostileImage): string => {
  registry.hold(image);
  return image.manifest.digest;
};

/** @returns the digest of a manifest that stands alone */
export const heldManifest = (registry: FakeRegistry, manifest: FakeBlob): string => {
  registry.holdManifest(manifest);
  return manifest.digest;
};
