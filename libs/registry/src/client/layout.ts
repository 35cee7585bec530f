import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryMode, fileMode } from '../blobs/blob.ts';
import { RegistryError } from '../error.ts';
import type { Manifest } from './manifest.ts';
import { hexOf, isDigest } from '../names.ts';

/** Path of a blob in a layout. The only conversion of a digest to a path. */
export const blobPath = (layout: string, digest: string): string => {
  if (!isDigest(digest)) throw new RegistryError('bad-descriptor', 'not a sha256 digest');
  return join(layout, 'blobs', 'sha256', hexOf(digest));
};

/**
 * Writes one image into a new OCI layout. `blobs` writes config and layers; this function writes the rest. After any
 * failure no file of it is left.
 */
export const writeLayout = async (layout: string, manifest: Manifest, blobs: () => Promise<void>): Promise<void> => {
  mkdirSync(layout);
  try {
    chmodSync(layout, directoryMode);
    makeFolder(join(layout, 'blobs'));
    makeFolder(join(layout, 'blobs', 'sha256'));
    writeNew(blobPath(layout, manifest.digest), manifest.bytes);
    writeNew(join(layout, 'index.json'), indexOf(manifest));
    writeNew(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await blobs();
  } catch (error) {
    await rm(layout, { recursive: true, force: true });
    throw error;
  }
};

/** Lists one manifest and never an index: a scanner takes the first entry of an index regardless of the platform. */
const indexOf = ({ digest, mediaType, bytes }: Manifest): string =>
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
