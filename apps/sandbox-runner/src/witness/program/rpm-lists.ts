import { DatabaseSync } from 'node:sqlite';
import type { UnreadCode } from '@assay/events';
import type { InstalledPackage, PackageList } from './answer.ts';
import { languageAt } from './manifests.ts';

/** Tags of a header, each with its type (rpm, `include/rpm/rpmtag.h`). */
const tags = {
  name: [1000, 6],
  version: [1001, 6],
  release: [1002, 6],
  epoch: [1003, 4],
  folderOf: [1116, 4],
  files: [1117, 8],
  folders: [1118, 8],
} as const;
const typeOf: ReadonlyMap<number, number> = new Map(Object.values(tags));
/** Tags of regions, which stand before all others. */
const firstTag = 1000;

const [entryBytes, prefixBytes] = [16, 8];
/** More entries than any header has; a larger number is not a header. */
const mostEntries = 65_536;

class MalformedError extends Error {}

const textAt = (data: Buffer, offset: number): string => {
  const end = data.indexOf(0, offset);
  return data.toString('utf8', offset, end === -1 ? data.length : end);
};

interface FoundPackage {
  readonly package: InstalledPackage;
  /** Manifests of languages that it brought. */
  readonly owns: readonly string[];
}

/** More files than any package has. */
const mostFiles = 1_000_000;

/**
 * Reads a package from its header: two counts, then entries of tag, type, offset and count, then the data (rpm,
 * `docs/manual/format_header.md`). rpm finds an entry by binary search, so that of two with one tag it reads either.
 *
 * @throws MalformedError if it is not a header, or if rpm may read another one in it
 */
const packageIn = (header: Buffer): FoundPackage => {
  if (header.length < prefixBytes) throw new MalformedError('a header of a few bytes');
  const [count, bytes] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const start = prefixBytes + count * entryBytes;
  if (count === 0 || count > mostEntries || start + bytes > header.length)
    throw new MalformedError('a header whose parts do not fit');
  const data = header.subarray(start, start + bytes);
  const found = new Map<number, { readonly offset: number; readonly count: number }>();
  for (let at = prefixBytes; at < start; at += entryBytes) {
    const [tag, type] = [header.readUInt32BE(at), header.readUInt32BE(at + 4)];
    if (typeOf.has(tag) && found.has(tag)) throw new MalformedError(`tag ${tag} twice`);
    if ((typeOf.get(tag) ?? type) !== type) throw new MalformedError(`tag ${tag} of type ${type}`);
    found.set(tag, { offset: header.readUInt32BE(at + 8), count: header.readUInt32BE(at + 12) });
  }
  checkOrder([...found.keys()]);
  const text = ([tag]: readonly [number, number]): string => {
    const { offset = data.length } = found.get(tag) ?? {};
    if (offset >= data.length) throw new MalformedError(`a header without tag ${tag}`);
    return textAt(data, offset);
  };
  const { offset: epochAt = data.length } = found.get(tags.epoch[0]) ?? {};
  const epoch = epochAt + 4 <= data.length ? data.readUInt32BE(epochAt) : 0;
  return {
    package: [text(tags.name), `${epoch ? `${epoch}:` : ''}${text(tags.version)}-${text(tags.release)}`],
    owns: ownedIn(data, (tag) => found.get(tag)),
  };
};

/** Tags rise within the region of a package, and again within what rpm added at its installation. */
const checkOrder = (tags_: readonly number[]): void => {
  const falls = tags_.filter((tag, nth) => tag >= firstTag && nth > 0 && tag < (tags_[nth - 1] ?? 0));
  if (falls.length > 1) throw new MalformedError('tags out of order');
};

function* textsAt(data: Buffer, { offset, count }: { offset: number; count: number }): Generator<string> {
  for (let nth = 0, at = offset; nth < Math.min(count, mostFiles) && at < data.length; nth++) {
    const end = data.indexOf(0, at);
    yield data.toString('latin1', at, end === -1 ? data.length : end);
    at = end === -1 ? data.length : end + 1;
  }
}

const ownedIn = (data: Buffer, at: (tag: number) => { offset: number; count: number } | undefined): string[] => {
  const [files, folders, folderOf] = [at(tags.files[0]), at(tags.folders[0]), at(tags.folderOf[0])];
  if (!files || !folders || !folderOf) return [];
  const names = [...textsAt(data, folders)];
  return [...textsAt(data, files)].flatMap((name, nth) => {
    const index = folderOf.offset + 4 * nth;
    const path = index + 4 <= data.length ? `${names[data.readUInt32BE(index)] ?? ''}${name}`.replace(/^\/+/, '') : '';
    return languageAt(path) === undefined ? [] : [path];
  });
};

/** Keys that rpm keeps as if they were packages. */
const keyName = 'gpg-pubkey';

const listOf = (headers: Iterable<Buffer>): PackageList => {
  const packages: InstalledPackage[] = [];
  const owns: string[] = [];
  let unread: UnreadCode | undefined;
  try {
    for (const header of headers) {
      const found = packageIn(header);
      owns.push(...found.owns);
      if (found.package[0] !== keyName) packages.push(found.package);
    }
  } catch (error) {
    unread = error instanceof MalformedError ? 'malformed-rpm' : 'malformed-database';
  }
  return { kind: 'rpm', packages, ...(owns.length > 0 ? { owns } : {}), ...(unread === undefined ? {} : { unread }) };
};

/** Versions of the format for writing and reading (SQLite, "Database File Format", 1.3): 2 is a write-ahead log. */
const formatVersions = [18, 19] as const;

function* sqliteHeaders(bytes: Buffer): Generator<Buffer> {
  // A copy in memory has no log beside it, and is not opened if it asks for one. The log is looked for elsewhere.
  for (const at of formatVersions) bytes[at] = 1;
  const database = new DatabaseSync(':memory:');
  try {
    database.deserialize(bytes);
    // A view would show other rows, or compute without an end.
    const { sql } =
      database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'Packages' COLLATE NOCASE").get() ?? {};
    if (typeof sql !== 'string' || !/^CREATE TABLE\b/i.test(sql)) throw new MalformedError('no table of packages');
    for (const { blob } of database.prepare('SELECT blob FROM Packages').iterate())
      yield blob instanceof Uint8Array ? Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength) : Buffer.alloc(0);
  } finally {
    database.close();
  }
}

/** Reads `rpmdb.sqlite`. SQLite is the one reader here that is not memory-safe, so it comes last in a run. */
export const sqliteList = (bytes: Buffer): PackageList => listOf(sqliteHeaders(bytes));

/** Marks of the "new database" of rpm (`lib/backend/ndb/rpmpkg.c`), which SUSE uses. */
const ndb = { file: 0x506d7052, slot: 0x746f6c53, blob: 0x53626c42, pageBytes: 4096, slotBytes: 16, blockBytes: 16 };

function* ndbHeaders(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < ndb.pageBytes) throw new MalformedError('a database of a few bytes');
  const pages = bytes.readUInt32LE(12);
  const end = pages * ndb.pageBytes;
  if (pages === 0 || end > bytes.length) throw new MalformedError('slots that do not fit');
  // The head of the file is as large as two slots.
  for (let at = 2 * ndb.slotBytes; at < end; at += ndb.slotBytes) {
    if (bytes.readUInt32LE(at) !== ndb.slot) throw new MalformedError('a slot without its mark');
    const [index, block] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)];
    if (block === 0) continue;
    const blob = block * ndb.blockBytes;
    if (blob + 16 > bytes.length || bytes.readUInt32LE(blob) !== ndb.blob || bytes.readUInt32LE(blob + 4) !== index)
      throw new MalformedError('a slot that leads to no package');
    const length = bytes.readUInt32LE(blob + 12);
    if (blob + 16 + length > bytes.length) throw new MalformedError('a package that does not fit');
    yield bytes.subarray(blob + 16, blob + 16 + length);
  }
}

/** Reads `Packages.db`. */
export const ndbList = (bytes: Buffer): PackageList => listOf(ndbHeaders(bytes));

export type RpmFormat = 'sqlite' | 'ndb' | 'berkeley-db';

/** BerkeleyDB's marks of a hash and of a tree, in either byte order (file(1), `magic/Magdir/database`). */
const berkeley: ReadonlySet<number> = new Set([0x00061561, 0x61150600, 0x00053162, 0x62310500]);

/** Recognises a database by its first bytes. */
export const rpmFormatOf = (head: Buffer): RpmFormat | undefined => {
  if (head.subarray(0, 16).equals(Buffer.from('SQLite format 3\0'))) return 'sqlite';
  if (head.length >= 4 && head.readUInt32LE(0) === ndb.file) return 'ndb';
  return head.length >= 16 && berkeley.has(head.readUInt32LE(12)) ? 'berkeley-db' : undefined;
};
