import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryMode, fileMode } from '../blobs/blob.ts';
import { RegistryError } from '../error.ts';
import type { Manifest } from './manifest.ts';
import { digestLike, hexOf, isDigest } from '../names.ts';

type ListedManifest = Pick<Manifest, 'digest' | 'mediaType' | 'bytes'>;

interface Named {
  digest: string;
}

/** Path of a blob in a layout. The only conversion of a digest to a path. */
export const blobPath = (layout: string, digest: string): string => {
  if (!isDigest(digest)) throw new RegistryError('bad-descriptor', 'not a sha256 digest');
  return join(layout, 'blobs', 'sha256', hexOf(digest));
};

/**
 * Writes one image into a new OCI layout. `blobs` writes config and layers, and returns the sha256 digests of those
 * with another digest; this function writes the rest. After any failure no file of it is left.
 *
 * Scanners read no digest but SHA-256. An image with others gets a second manifest, with the digests of the same bytes
 * by SHA-256, and the index lists that one. The image's own manifest lies beside it.
 */
export const writeLayout = async (
  layout: string,
  manifest: Manifest,
  blobs: () => Promise<ReadonlyMap<string, string>>,
): Promise<void> => {
  mkdirSync(layout);
  try {
    chmodSync(layout, directoryMode);
    makeFolder(join(layout, 'blobs'));
    makeFolder(join(layout, 'blobs', 'sha256'));
    writeNew(blobPath(layout, manifest.digest), manifest.bytes);
    writeNew(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const renamed = await blobs();
    const listed = renamed.size === 0 ? manifest : restated(manifest, renamed);
    if (listed !== manifest) writeNew(blobPath(layout, listed.digest), listed.bytes);
    writeNew(join(layout, 'index.json'), indexOf(listed));
  } catch (error) {
    await rm(layout, { recursive: true, force: true });
    throw error;
  }
};

const restated = ({ mediaType, bytes }: Manifest, renamed: ReadonlyMap<string, string>): ListedManifest => {
  const document = JSON.parse(bytes.toString('utf8')) as { config: Named; layers: Named[] };
  for (const part of [document.config, ...document.layers]) part.digest = renamed.get(part.digest) ?? part.digest;
  const written = Buffer.from(JSON.stringify(document));
  return { mediaType, bytes: written, digest: digestLike('sha256:', written) };
};

/** Lists one manifest and never an index: a scanner takes the first entry of an index regardless of the platform. */
const indexOf = ({ digest, mediaType, bytes }: ListedManifest): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ mediaType, digest, size: bytes.length }],
  });

// The process's umask clears bits of a mode that is given on creation, so the mode is set afterwards.
const makeFolder = (path: string): void => {
  mkdirSync(path);
  chmodSync(path, directoryMode);
};

const writeNew = (path: string, content: string | Buffer): void => {
  writeFileSync(path, content, { flag: 'wx', mode: fileMode });
  chmodSync(path, fileMode);
};
