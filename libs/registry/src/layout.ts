import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryMode, fileMode } from './blob.ts';
import { RegistryError } from './error.ts';
import type { Manifest } from './manifest.ts';
import { hexOf, isDigest } from './names.ts';

/** Where a blob lies in a layout. The only way from a digest to a path. */
export const blobPath = (layout: string, digest: string): string => {
  if (!isDigest(digest)) throw new RegistryError('bad-descriptor', 'not a sha256 digest');
  return join(layout, 'blobs', 'sha256', hexOf(digest));
};

/**
 * Fills a new OCI layout with one image: `blobs` writes config and layers, the rest is done here. Whatever goes
 * wrong, nothing of it is left.
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

/** One manifest and never an index: a scanner given an index takes the first entry, whatever its platform. */
const indexOf = ({ digest, mediaType, bytes }: Manifest): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ mediaType, digest, size: bytes.length }],
  });

// The process's umask takes bits away from a mode that is given on creation, so it is set afterwards.
const makeFolder = (path: string): void => {
  mkdirSync(path);
  chmodSync(path, directoryMode);
};

const writeNew = (path: string, content: string | Buffer): void => {
  writeFileSync(path, content, { flag: 'wx', mode: fileMode });
  chmodSync(path, fileMode);
};
