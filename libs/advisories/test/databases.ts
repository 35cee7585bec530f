import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { datedDatabase } from '../../../tools/dated-database.ts';

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
  database: datedDatabase(await undatedOf(state), state === states.november ? '2026-11-24' : '2026-08-01'),
  metadata: await readFile(join(state, 'metadata.json')),
});

/** The database of a state as it lies there. */
export const undatedOf = async (state: string): Promise<Buffer> =>
  zstdDecompressSync(await readFile(join(state, 'trivy.db.zst')));

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

/** A Java archive as a Java database knows it. */
export interface KnownJar {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** SHA-1 of its bytes. */
  readonly sha1: Buffer;
}

const megabyte = 2 ** 20;

/**
 * A made-up Java database in a new folder, with the tables of Trivy's.
 *
 * @param bytes about the size that it is to have; no compression makes it smaller
 * @param jars archives that it knows, beside one of no use
 */
export const javaFolder = async (
  bytes: number,
  {
    version = 1,
    builtAt = '2026-11-24T00:00:00Z',
    jars = [],
    isEmpty = false,
    rows = 1,
  }: {
    readonly version?: number;
    readonly builtAt?: string;
    readonly jars?: readonly KnownJar[];
    readonly isEmpty?: boolean;
    /** Archives that it knows at least. */
    readonly rows?: number;
  } = {},
): Promise<string> => {
  const folder = join(await emptyFolder(), 'java-db');
  await mkdir(folder);
  const database = new DatabaseSync(join(folder, 'trivy-java.db'));
  database.exec(`
    CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
    CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);
    CREATE UNIQUE INDEX indices_sha1_idx ON indices(sha1);
    BEGIN;`);
  const [artifact, index] = [
    database.prepare('INSERT INTO artifacts VALUES (?, ?, ?)'),
    database.prepare("INSERT INTO indices VALUES (?, ?, ?, 'jar')"),
  ];
  if (!isEmpty) artifact.run(1, 'org.example', 'filler');
  const piece = Math.min(bytes, megabyte);
  for (let row = 0; !isEmpty && (row < rows || row * piece < bytes); row += 1) index.run(1, '1.0', randomBytes(piece));
  for (const [at, { group, artifact: name, version: of, sha1 }] of jars.entries()) {
    artifact.run(at + 2, group, name);
    index.run(at + 2, of, sha1);
  }
  database.exec('COMMIT');
  database.close();
  await writeFile(
    join(folder, 'metadata.json'),
    JSON.stringify({ Version: version, UpdatedAt: builtAt, NextUpdate: '2099-01-01T00:00:00Z' }),
  );
  return folder;
};
