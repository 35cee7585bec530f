import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

const images = fileURLToPath(new URL('../../../e2e/images/', import.meta.url));

/** The demonstration database in two states. */
export const states = { august: join(images, 'advisories-2026-08-01'), november: join(images, 'advisories') };

export const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-advisories-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** The bytes of a state: trivy.db and metadata.json. */
export const bytesOf = async (state: string): Promise<{ database: Buffer; metadata: Buffer }> => ({
  database: zstdDecompressSync(await readFile(join(state, 'trivy.db.zst'))),
  metadata: await readFile(join(state, 'metadata.json')),
});

/** A folder with a database. */
export const databaseFolder = async (database: Buffer, metadata: Buffer | object): Promise<string> => {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'trivy.db'), database);
  await writeFile(
    join(folder, 'metadata.json'),
    Buffer.isBuffer(metadata)
      ? metadata
      : JSON.stringify({ Version: 2, UpdatedAt: '2026-11-24T00:00:00Z', ...metadata }),
  );
  return folder;
};

/** A member of a tar: its name, or its header, and its content. */
export type TarMember = readonly [header: string | Partial<Header>, content?: string | Buffer];

/** An archive with any members, compressed. */
export const archiveOf = async (...members: readonly TarMember[]): Promise<Buffer> => {
  const tar = pack();
  const bytes = buffer(tar);
  for (const [header, content] of members)
    tar.entry((typeof header === 'string' ? { name: header } : header) as Header, content ?? '');
  tar.finalize();
  return gzipSync(await bytes, { level: 1 });
};
