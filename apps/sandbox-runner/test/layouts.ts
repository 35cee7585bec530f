import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

export type LayoutEntry = Partial<Header> & { name: string; content?: string | Uint8Array };
/** A stored layer, and the diff id of its content. */
export interface MadeLayer {
  blob: Buffer;
  diffId: string;
  mediaType?: string;
}
export interface MadeLayout {
  path: string;
  digest: string;
  configDigest: string;
  layers: MadeLayer[];
}

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const tarOf = async (entries: readonly LayoutEntry[]): Promise<Buffer> => {
  const archive = pack();
  for (const { content = '', ...header } of entries)
    archive.entry(header, typeof content === 'string' ? content : Buffer.from(content));
  archive.finalize();
  return buffer(archive);
};

/**
 * The header of a file alone, for content that is too large to make: that of an empty file, with another size and
 * checksum.
 */
export const headerOf = async (header: LayoutEntry & { size: number }): Promise<Buffer> => {
  const block = (await tarOf([{ ...header, size: 0 }])).subarray(0, 512);
  block.write(`${header.size.toString(8).padStart(11, '0')} `, 124, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
};

export const layerOf = async (entries: readonly LayoutEntry[]): Promise<MadeLayer> => {
  const tar = await tarOf(entries);
  return { blob: gzipSync(tar), diffId: sha256(tar) };
};

/** Writes an OCI layout of one image, as the pull client does: plain files that every user may read. */
export const layoutOf = async (
  folder: string,
  layers: readonly MadeLayer[],
  { diffIds = layers.map(({ diffId }) => diffId) }: { diffIds?: string[] } = {},
): Promise<MadeLayout> => {
  const path = await mkdtemp(join(folder, 'layout-'));
  const blobs = join(path, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (bytes: Buffer) => {
    const digest = sha256(bytes);
    await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
    return { digest, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const config = await put(
    json({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } }),
  );
  const stored = await Promise.all(
    layers.map(async ({ blob, mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip' }) => ({
      mediaType,
      ...(await put(blob)),
    })),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = await put(
    json({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: stored,
    }),
  );
  await writeFile(join(path, 'index.json'), json({ schemaVersion: 2, manifests: [{ mediaType, ...manifest }] }));
  await writeFile(join(path, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  return { path, digest: manifest.digest, configDigest: config.digest, layers: [...layers] };
};

export const osRelease = (id = 'debian', version = '13'): LayoutEntry => ({
  name: 'etc/os-release',
  content: `ID=${id}\nVERSION_ID="${version}"\nPRETTY_NAME="${id} ${version}"\n`,
});

export const dpkgPackage = (name: string, version = '1.0-1', source = name): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nSource: ` +
  `${source}\nVersion: ${version}\nMaintainer: nobody <nobody@example.org>\nDescription: a ` +
  'package\n\n';

/** An old package, which the demonstration database has advisories for. */
export const vulnerable = dpkgPackage('libssl3', '3.5.1-1', 'openssl');

/** Files by which Trivy sees a Debian with these packages. */
export const debian = (...packages: string[]): LayoutEntry[] => [
  osRelease(),
  { name: 'etc/debian_version', content: '13.0\n' },
  { name: 'var/lib/dpkg/status', content: packages.join('') },
];
