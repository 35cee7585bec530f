import type { LeastSpeed } from '../access/bodies.ts';
import type { Descriptor } from '../blobs/descriptor.ts';
import { RegistryError, printable } from '../error.ts';
import type { Manifest } from './manifest.ts';
import { isForeign } from './media-types.ts';
import { isDigest, pushBySha256 } from '../names.ts';
import type { PullProgress } from './pull.ts';

/** The one form of an artifact that is accepted. */
export interface ArtifactForm {
  /** `artifactType` of the manifest. One without it must have a config of this type, as older tools write it. */
  readonly artifactType: string;
  /** Media type of its only layer. */
  readonly layerType: string;
  /** The most that the layer may have. */
  readonly maxBytes: number;
}

export interface ArtifactOptions {
  /** Deadline of the whole download, ms; 30 minutes by default. It is longer than that of an image. */
  readonly timeoutMs?: number;
  /** 16 KiB a second over 30 s by default. */
  readonly leastSpeed?: LeastSpeed;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Digest of a layer that is there already: it is not downloaded. */
  readonly known?: string | undefined;
}

/** A downloaded artifact. */
export interface DownloadedArtifact {
  /** Digest of the manifest. Registries that hold the same layer may have different ones. */
  readonly digest: string;
  /** The downloaded layer. */
  readonly layer: Descriptor;
  /** True if the layer is the known one, so that there is no file. */
  readonly isKnown: boolean;
}

export const artifactTimeoutMs = 30 * 60_000;
export const artifactSpeed: LeastSpeed = { bytesPerSecond: 16 * 1024, overMs: 30_000 };

/**
 * Returns the only layer of an artifact.
 * @throws RegistryError if the manifest has another form
 */
export const layerOf = ({ document }: Manifest, { artifactType, layerType, maxBytes }: ArtifactForm): Descriptor => {
  if (document.kind !== 'image') throw new RegistryError('unsupported-media-type', 'the manifest is no artifact');
  const type = document.artifactType ?? document.config.mediaType;
  if (type !== artifactType)
    throw new RegistryError('unsupported-media-type', `an artifact of type ${printable(type)}, not ${artifactType}`);
  const [layer, ...more] = document.layers;
  if (!layer || more.length > 0)
    throw new RegistryError('bad-manifest', `an artifact of ${document.layers.length} layers, not one`);
  if (!isDigest(layer.digest))
    throw new RegistryError('bad-descriptor', `an artifact whose layer has no sha256 digest${pushBySha256}`);
  if (layer.mediaType !== layerType)
    throw new RegistryError(
      'unsupported-media-type',
      `a layer of type ${printable(layer.mediaType)}, not ${layerType}`,
    );
  if (isForeign(layer)) throw new RegistryError('foreign-layer', 'a layer that the registry does not have');
  if (layer.size > maxBytes)
    throw new RegistryError('too-large', `a layer of ${layer.size} bytes; at most ${maxBytes} are downloaded`);
  return layer;
};
