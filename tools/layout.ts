import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';

/*
 * npm run layout -- FIXTURE OUT
 *
 * Makes an OCI image layout from a folder that holds image.json and the image's content: rootfs/, a *.tar.gz or oci/.
 * The same folder always gives the same digests: no clock, owner or directory order affects them.
 */

interface Described {
  reference: string;
  architecture: string;
  created: string | null;
  content: string;
  config: object;
  baseImage?: string;
}

export interface LayoutBlob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly bytes: Buffer;
}
export interface LayoutLayer extends LayoutBlob {
  readonly diffId: string;
}

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** @returns the digest of the image's manifest */
export const makeLayout = async (fixtureDir: string, outDir: string): Promise<string> => {
  const { content, reference } = await described(fixtureDir);
  await rm(outDir, { recursive: true, force: true });
  if (content === 'oci/') return copied(join(fixtureDir, 'oci'), outDir);
  const { blobs, manifest } = await imageOf(fixtureDir);
  await writeLayout(outDir, [...blobs, manifest], descriptorOf(manifest), withTag(reference));
  return manifest.digest;
};

/** An image's blobs, and its manifest apart. */
export const imageOf = async (fixtureDir: string): Promise<{ blobs: LayoutBlob[]; manifest: LayoutBlob }> => {
  const { architecture, created, config } = await described(fixtureDir);
  const layers = await layersOf(fixtureDir);
  const createdAt = new Date(created ?? 0).toISOString();
  const history = layers.map(({ name }) => ({ created: createdAt, created_by: `files of ${name}` }));
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const configBlob = jsonBlob(types.config, { created: createdAt, architecture, os: 'linux', config, rootfs, history });
  return { blobs: [configBlob, ...layers], manifest: manifestOf(configBlob, layers) };
};

export const manifestOf = (config: LayoutBlob, layers: readonly LayoutBlob[], more: object = {}): LayoutBlob =>
  jsonBlob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
    ...more,
  });

export const blobOf = (mediaType: string, bytes: Buffer): LayoutBlob => ({
  mediaType,
  digest: sha256(bytes),
  size: bytes.length,
  bytes,
});
export const jsonBlob = (mediaType: string, content: object): LayoutBlob =>
  blobOf(mediaType, Buffer.from(JSON.stringify(content)));
export const descriptorOf = ({
  mediaType,
  digest,
  size,
}: LayoutBlob): { mediaType: string; digest: string; size: number } => ({ mediaType, digest, size });

/** Writes a layout with one entry, called `reference`. */
export const writeLayout = async (
  outDir: string,
  blobs: readonly LayoutBlob[],
  entry: object,
  reference: string,
): Promise<void> => {
  const folder = join(outDir, 'blobs', 'sha256');
  await mkdir(folder, { recursive: true });
  for (const { digest, bytes } of blobs) await writeFile(join(folder, digest.slice('sha256:'.length)), bytes);
  const annotations = { 'org.opencontainers.image.ref.name': reference };
  await writeFile(
    join(outDir, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [{ ...entry, annotations }] }),
  );
  await writeFile(join(outDir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
};

/** A tar of these files without anything that could differ from one run to the next. */
export const tarOf = async (add: (tar: Pack) => Promise<void>): Promise<Buffer> => {
  const tar = pack();
  const bytes = buffer(tar);
  await add(tar);
  tar.finalize();
  return bytes;
};

export const layerOf = (tar: Buffer): LayoutLayer => ({ ...blobOf(types.layer, gzipped(tar)), diffId: sha256(tar) });

export const anonymous = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const described = async (fixtureDir: string): Promise<Described> =>
  JSON.parse(await readFile(join(fixtureDir, 'image.json'), 'utf8')) as Described;

/** `repo:tag`; without a tag it is `latest`, as everywhere. */
const withTag = (reference: string): string => (/:[^/]+$/.test(reference) ? reference : `${reference}:latest`);

const copied = async (from: string, outDir: string): Promise<string> => {
  const blobs = join('blobs', 'sha256');
  await mkdir(join(outDir, blobs), { recursive: true });
  for (const name of [
    'oci-layout',
    'index.json',
    ...(await readdir(join(from, blobs))).map((hex) => join(blobs, hex)),
  ]) {
    await writeFile(join(outDir, name), await readFile(join(from, name)));
  }
  const { manifests } = JSON.parse(await readFile(join(outDir, 'index.json'), 'utf8')) as {
    manifests: [{ digest: string }];
  };
  return manifests[0].digest;
};

/** The layers of the base image, then its own. */
const layersOf = async (fixtureDir: string): Promise<(LayoutLayer & { name: string })[]> => {
  const { baseImage, content } = await described(fixtureDir);
  const base = baseImage === undefined ? [] : await layersOf(join(dirname(resolve(fixtureDir)), baseImage));
  const name = basename(resolve(fixtureDir));
  if (content !== 'rootfs/') {
    const bytes = await readFile(join(fixtureDir, content));
    return [...base, { ...blobOf(types.layer, bytes), diffId: sha256(gunzipSync(bytes)), name }];
  }
  const tar = await tarOf((into) => addFolder(into, join(fixtureDir, 'rootfs'), ''));
  return [...base, { ...layerOf(tar), name }];
};

const addFolder = async (tar: Pack, folder: string, name: string): Promise<void> => {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((one, other) =>
    Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)),
  );
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const inside = `${name}${entry.name}`;
    if (entry.isDirectory()) {
      tar.entry({ ...anonymous, name: `${inside}/`, type: 'directory', mode: 0o755 });
      await addFolder(tar, path, `${inside}/`);
    } else if (entry.isSymbolicLink()) {
      tar.entry({ ...anonymous, name: inside, type: 'symlink', linkname: await readlink(path), mode: 0o777 });
    } else {
      tar.entry({ ...anonymous, name: inside, mode: 0o644 }, await readFile(path));
    }
  }
};

const gzipped = (bytes: Buffer): Buffer => {
  const packed = gzipSync(bytes, { level: 9 });
  // The header's ninth byte names the operating system; 255 is "unknown".
  packed[9] = 255;
  return packed;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [fixtureDir, outDir] = process.argv.slice(2);
  if (fixtureDir === undefined || outDir === undefined) {
    console.error('npm run layout -- FIXTURE OUT');
    process.exitCode = 2;
  } else {
    console.log(await makeLayout(fixtureDir, outDir));
  }
}
