import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack, type Header } from 'tar-stream';
import { DatabaseError } from './database-error.ts';

/** A database of vulnerabilities, or one of the names of Java archives by their digests. */
export type AdvisoryKind = 'vulnerabilities' | 'java';

const metadataBytes = 64 * 2 ** 10;
/** The members of an archive of each kind, by name, with the most bytes that each may have. */
const membersOf: Readonly<Record<AdvisoryKind, Readonly<Record<string, number>>>> = {
  vulnerabilities: { 'trivy.db': 4 * 2 ** 30, 'metadata.json': metadataBytes },
  java: { 'trivy-java.db': 4 * 2 ** 30, 'metadata.json': metadataBytes },
};

/** Headers and padding beside the content of the members. */
const paddingBytes = 2 ** 20;

const folderMode = 0o755;
/** World-readable, because the sandbox runs as another user. */
const fileMode = 0o644;

const remedy = 'take another source, or ask the one who runs this mirror; the database in use stays';
const refused = (message: string, cause?: unknown): DatabaseError =>
  new DatabaseError('database-archive', `the archive is not one of a database: ${message}`, remedy, { cause });

/** Stops a bomb: content is counted as it is unfolded. */
async function* atMost(bytes: AsyncIterable<Buffer>, most: number): AsyncIterable<Buffer> {
  let seen = 0;
  for await (const piece of bytes) {
    seen += piece.length;
    if (seen > most) throw refused(`it unfolds to more than ${most} bytes`);
    yield piece;
  }
}

const synced = async (path: string, write: (file: FileHandle) => Promise<void>): Promise<void> => {
  const file = await open(path, 'wx', fileMode);
  try {
    await write(file);
    await file.chmod(fileMode);
    await file.sync();
  } finally {
    await file.close();
  }
};

const syncedFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const printable = (text: string): string => JSON.stringify(text.slice(0, 80)).replace(/[^\x20-\x7e]/g, '?');

/** A member as it arrives. */
type Member = AsyncIterable<unknown> & { readonly header: Header };

/** Takes a member, and returns the kinds that an archive with it can be of. */
const take = async (
  entry: Member,
  kinds: readonly AdvisoryKind[],
  folder: string,
  seen: Set<string>,
): Promise<readonly AdvisoryKind[]> => {
  const { name, type, size } = entry.header;
  const possible = kinds.filter((kind) => Object.hasOwn(membersOf[kind], name));
  const most = possible[0] && membersOf[possible[0]][name];
  if (most === undefined) throw refused(`it holds ${printable(name)}`);
  if (type !== 'file') throw refused(`${name} in it is a ${String(type)}`);
  if (seen.has(name)) throw refused(`it holds ${name} twice`);
  if (size > most) throw refused(`${name} in it has ${size} bytes; at most ${most} are unpacked`);
  seen.add(name);
  await synced(join(folder, name), async (file) => {
    for await (const piece of entry as AsyncIterable<Buffer>) await file.writeFile(piece);
  });
  return possible;
};

/**
 * Unpacks the archive of a database into a new folder: exactly its two members, under their names. The folder is there
 * once all of it is on the disk, and not before.
 *
 * @param source the bytes of a tar, compressed with gzip
 * @param folder a path that does not exist; its parent is made
 * @param expected the kinds of database that it may hold
 * @returns the kind of the database
 * @throws DatabaseError `database-archive` if it is another archive, or a part of one
 */
export const unpackDatabase = async (
  source: AsyncIterable<Uint8Array>,
  folder: string,
  expected: readonly AdvisoryKind[] = ['vulnerabilities'],
): Promise<AdvisoryKind> => {
  const [parent, fresh] = [dirname(folder), `${folder}.${randomUUID()}`];
  await mkdir(parent, { recursive: true });
  await mkdir(fresh, { mode: folderMode });
  try {
    const tar = extract();
    const most = Math.max(
      ...expected.map((kind) => Object.values(membersOf[kind]).reduce((sum, bytes) => sum + bytes, paddingBytes)),
    );
    const seen = new Set<string>();
    let kinds = expected;
    // A failure of the source is not one of the archive, and its end after a refusal is none.
    let failure: { readonly thrown: unknown } | undefined;
    const watched = async function* (): AsyncIterable<Uint8Array> {
      const pieces = source[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await pieces.next().catch((thrown: unknown) => {
            failure ??= { thrown };
            throw thrown;
          });
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        await pieces.return?.();
      }
    };
    const reading = pipeline(
      Readable.from(watched(), { objectMode: false }),
      createGunzip(),
      (unfolded: AsyncIterable<Buffer>) => atMost(unfolded, most),
      tar,
    );
    reading.catch(() => undefined);
    try {
      for await (const entry of tar) kinds = await take(entry, kinds, fresh, seen);
      await reading;
    } catch (error) {
      tar.destroy();
      await reading.catch(() => undefined);
      if (error instanceof DatabaseError) throw error;
      if (failure) throw failure.thrown;
      if (isOfDisk(error)) throw error;
      throw refused((error as Error).message, error);
    }
    const [kind = 'vulnerabilities'] = kinds;
    for (const name of Object.keys(membersOf[kind])) if (!seen.has(name)) throw refused(`it lacks ${name}`);
    await syncedFolder(fresh);
    await rename(fresh, folder);
    await syncedFolder(parent);
    return kind;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
};

/** A disk that is full, or refuses a write. */
const isOfDisk = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

const anonymous = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '', mode: 0o644 };

/**
 * Packs a folder with a database as databases are published. The same content is the same archive.
 * @returns the bytes, read again from the beginning by each call
 */
export const packDatabase =
  (folder: string, kind: AdvisoryKind = 'vulnerabilities'): (() => AsyncIterable<Uint8Array>) =>
  () => {
    const tar = pack();
    const add = async (): Promise<void> => {
      for (const name of Object.keys(membersOf[kind])) {
        const path = join(folder, name);
        const entry = tar.entry({ ...anonymous, name, size: (await stat(path)).size });
        await pipeline(createReadStream(path), entry);
      }
      tar.finalize();
    };
    add().catch((error: unknown) => tar.destroy(error as Error));
    const gzip = createGzip();
    pipeline(tar, gzip).catch(() => undefined);
    return gzip;
  };
