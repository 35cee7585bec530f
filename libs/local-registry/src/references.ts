import { RegistryFailure } from './failure.ts';
import { isDigest } from './names.ts';

interface Named {
  digest?: unknown;
  urls?: unknown;
  mediaType?: unknown;
}

export interface References {
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

/**
 * The content that a registry must have before it accepts a manifest, without duplicates. A layer with `urls` is
 * exempt: it may be stored elsewhere.
 */
export const referencesOf = (bytes: Buffer, contentType: string): References => {
  let document: { mediaType?: unknown; config?: Named; layers?: Named[]; manifests?: Named[] } | null;
  try {
    document = JSON.parse(bytes.toString()) as typeof document;
  } catch {
    throw new RegistryFailure('MANIFEST_INVALID', 'not JSON');
  }
  if (typeof document !== 'object' || document === null) throw new RegistryFailure('MANIFEST_INVALID', 'not an object');
  const { mediaType, config, layers, manifests } = document;
  if (mediaType !== undefined && mediaType !== contentType)
    throw new RegistryFailure('MANIFEST_INVALID', 'mediaType is not the Content-Type');
  const here = [config, ...list(layers)].filter((blob) => blob !== undefined && blob?.urls === undefined);
  return { blobs: [...new Set(here.map(digestOf))], manifests: [...new Set(list(manifests).map(digestOf))] };
};

const list = (items: Named[] | undefined): Named[] => {
  if (items === undefined) return [];
  if (!Array.isArray(items)) throw new RegistryFailure('MANIFEST_INVALID', 'not a list');
  return items;
};

const digestOf = (named: Named | undefined): string => {
  const digest = named?.digest;
  if (typeof digest !== 'string' || !isDigest(digest))
    throw new RegistryFailure('MANIFEST_INVALID', 'a reference without a sha256 digest');
  return digest;
};
