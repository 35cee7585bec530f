import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import { datedDatabase } from './dated-database.ts';
import { anonymous, blobOf, descriptorOf, jsonBlob, tarOf, types, writeLayout, type LayoutBlob } from './layout.ts';

/*
 * node tools/database-layout.ts FOLDER OUT
 *
 * Makes an OCI layout with the tag `2`, as Trivy's databases are published, from a folder with trivy.db.zst and
 * metadata.json (e2e/images/advisories). `skopeo copy oci:OUT docker://HOST/trivy-db:2` pushes it.
 */

export const databaseTypes = {
  artifact: 'application/vnd.aquasec.trivy.config.v1+json',
  layer: 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip',
  javaLayer: 'application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip',
  config: 'application/vnd.oci.empty.v1+json',
};

/**
 * The archive of a database of e2e/images, as it is published: `trivy.db` and `metadata.json`. Its newest content is of
 * the day on which it was built by its metadata.
 */
export const databaseArchive = async (folder: string): Promise<Buffer> => {
  const [database, metadata] = await Promise.all([
    readFile(join(folder, 'trivy.db.zst')).then((bytes) => zstdDecompressSync(bytes)),
    readFile(join(folder, 'metadata.json')),
  ]);
  const tar = await tarOf(async (into) => {
    const { UpdatedAt } = JSON.parse(metadata.toString('utf8')) as { UpdatedAt: string };
    into.entry({ ...anonymous, name: 'trivy.db', mode: 0o600 }, datedDatabase(database, UpdatedAt));
    into.entry({ ...anonymous, name: 'metadata.json', mode: 0o600 }, metadata);
  });
  return gzipSync(tar);
};

interface Artifact {
  readonly manifest: LayoutBlob;
  readonly blobs: LayoutBlob[];
}

const artifactOf = (layerType: string, title: string, archives: readonly Buffer[]): Artifact => {
  const config = jsonBlob(databaseTypes.config, {});
  const layers = archives.map((archive) => blobOf(layerType, archive));
  const manifest = jsonBlob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    artifactType: databaseTypes.artifact,
    config: descriptorOf(config),
    layers: layers.map((layer) => ({
      ...descriptorOf(layer),
      annotations: { 'org.opencontainers.image.title': title },
    })),
  });
  return { manifest, blobs: [config, ...layers] };
};

/** The manifest and the blobs of a database with these layers. */
export const databaseArtifact = (...archives: readonly Buffer[]): Artifact =>
  artifactOf(databaseTypes.layer, 'db.tar.gz', archives);

/** The manifest and the blobs of a Java database with these layers. */
export const javaArtifact = (...archives: readonly Buffer[]): Artifact =>
  artifactOf(databaseTypes.javaLayer, 'javadb.tar.gz', archives);

/** Writes an OCI layout of an artifact. */
export const writeArtifact = async ({ manifest, blobs }: Artifact, tag: string, outDir: string): Promise<void> => {
  await rm(outDir, { recursive: true, force: true });
  await writeLayout(outDir, [...blobs, manifest], descriptorOf(manifest), tag);
};

/** @returns the digest of the archive */
export const makeDatabaseLayout = async (folder: string, outDir: string): Promise<string> => {
  const artifact = databaseArtifact(await databaseArchive(folder));
  await writeArtifact(artifact, '2', outDir);
  return artifact.blobs[1]?.digest ?? '';
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, outDir] = process.argv.slice(2);
  if (folder === undefined || outDir === undefined) {
    console.error('node tools/database-layout.ts FOLDER OUT');
    process.exitCode = 2;
  } else {
    console.log(await makeDatabaseLayout(folder, outDir));
  }
}
