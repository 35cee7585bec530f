import {
  blobOf,
  descriptorOf,
  manifestOf,
  ociConfig,
  ociLayer,
  type Blob,
  type FakeRegistry,
} from '../../../libs/registry/test/fake-registry.ts';
import {
  debian,
  dpkgPackage,
  layerOf,
  vulnerable,
  type Entry,
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
  type Blob,
} from '../../../libs/registry/test/fake-registry.ts';
export {
  debian,
  dpkgPackage,
  headerOf,
  layerOf,
  osRelease,
  sha256,
  tarOf,
  vulnerable,
  type Entry,
  type MadeLayer,
} from '../../../apps/sandbox-runner/test/layouts.ts';

/** What makes an image one that is assessed: a system, a way to install packages, a shell, and something vulnerable. */
export const assessed = (...packages: string[]): Entry[] =>
  debian(dpkgPackage('apt'), dpkgPackage('bash'), vulnerable, ...packages);

export interface MadeImage {
  readonly config: Blob;
  readonly layers: readonly Blob[];
  readonly manifest: Blob;
}

interface ImageOptions {
  /** Makes the digest one that no other image has. */
  readonly author: string;
  readonly diffIds?: readonly string[];
  /** What else the config says. */
  readonly config?: object;
}

/** An image of layers that may be anything. */
export const imageOf = (
  made: readonly MadeLayer[],
  { author, diffIds = made.map(({ diffId }) => diffId), config: more = {} }: ImageOptions,
): MadeImage => {
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
export const imageWith = async (author: string, ...layers: Entry[][]): Promise<MadeImage> =>
  imageOf(await Promise.all(layers.map(layerOf)), { author });

/** The good image that many inputs spoil. */
export const goodImage = (author: string): Promise<MadeImage> => imageWith(author, assessed());

/** @returns the digest of its manifest */
export const held = (registry: FakeRegistry, image: MadeImage): string => {
  registry.hold(image);
  return image.manifest.digest;
};

/** @returns the digest of a manifest that stands alone */
export const heldManifest = (registry: FakeRegistry, manifest: Blob): string => {
  registry.holdManifest(manifest);
  return manifest.digest;
};
