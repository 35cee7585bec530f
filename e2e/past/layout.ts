import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { LanguageName, PastSystem, PastSystemName } from './catalogue.ts';
import { languages, systems, type PackageCatalogue } from './catalogue.ts';

/** The name of the label that names the parts of an image. */
export const label = 'test.assay.past';

/** How an image behaves when it is scanned, if not like any other. */
const traits = ['plain', 'disagrees', 'unreadable', 'unwitnessed', 'invalid', 'endless'] as const;
export type Trait = (typeof traits)[number];

/** An image of the past, as its label describes it. */
export interface PastImage {
  readonly system: PastSystemName;
  readonly language: LanguageName;
  /** Packages are those of this day, counted from today. */
  readonly day: number;
  readonly trait: Trait;
  /** Makes the digest its own. */
  readonly build: string;
}

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

const blobOf = (bytes: Buffer): Blob => ({
  digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
  bytes,
});

const tarOf = async (files: Readonly<Record<string, string>>): Promise<Buffer> => {
  const packed = pack();
  for (const [name, content] of Object.entries(files)) packed.entry({ name, mtime: new Date(0) }, content);
  packed.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packed) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** The files of the system: its name, and the list of its packages. */
const systemFiles = (catalogue: PackageCatalogue, { system, day }: PastImage): Record<string, string> => {
  const { os, type } = systems[system] as PastSystem;
  if (!os) return { server: 'a program without a system' };
  const packages = catalogue.packages(system, 'none', day, ['', '']);
  const release = `ID=${os.family}\nVERSION_ID="${os.version}"\n`;
  if (type === 'alpine' || type === 'wolfi')
    return {
      'etc/os-release': release,
      'lib/apk/db/installed': packages
        .map(({ name, version, sourcePackage = name }) => `P:${name}\nV:${version}\nA:x86_64\no:${sourcePackage}\n`)
        .join('\n'),
    };
  return {
    'etc/os-release': release,
    'var/lib/dpkg/status': packages
      .map(
        ({ name, version, sourcePackage }) =>
          `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\n${
            sourcePackage === undefined ? '' : `Source: ${sourcePackage}\n`
          }Version: ${version}\n`,
      )
      .join('\n'),
  };
};

const applicationFiles = (catalogue: PackageCatalogue, { language, day }: PastImage): Record<string, string> => {
  const made = catalogue.packages('scratch', language, day, ['', '']);
  return Object.fromEntries([
    ['srv/app/README', `${language}: ${languages[language].length} packages\n`],
    ...made.map(({ name, version, path }) => [
      path ?? name,
      path?.endsWith('METADATA') === true
        ? `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`
        : JSON.stringify({ name, version }),
    ]),
  ]) as Record<string, string>;
};

const imageType = 'application/vnd.oci.image.config.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/**
 * Writes an image as an OCI layout.
 *
 * @param created when it was built, ISO 8601
 * @returns the digest of its manifest
 */
export const writeLayout = async (
  folder: string,
  catalogue: PackageCatalogue,
  image: PastImage,
  created: string,
): Promise<string> => {
  const tars = [await tarOf(systemFiles(catalogue, image)), await tarOf(applicationFiles(catalogue, image))];
  const layers = tars.map((tar) => blobOf(gzipSync(tar)));
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        created,
        architecture: 'amd64',
        os: 'linux',
        config: { Labels: { [label]: JSON.stringify(image) } },
        rootfs: { type: 'layers', diff_ids: tars.map((tar) => blobOf(tar).digest) },
      }),
    ),
  );
  const manifest = blobOf(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: imageType, digest: config.digest, size: config.bytes.length },
        layers: layers.map(({ digest, bytes }) => ({ mediaType: layerType, digest, size: bytes.length })),
      }),
    ),
  );
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  for (const { digest, bytes } of [manifest, config, ...layers])
    writeFileSync(join(blobs, digest.replace('sha256:', '')), bytes);
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ mediaType: manifestType, digest: manifest.digest, size: manifest.bytes.length }],
    }),
  );
  return manifest.digest;
};
