import { createHash } from 'node:crypto';
import { extract, type Header } from 'tar-stream';
import type { KeptEntry, LayerSummary, PackageList } from './answer.ts';
import { decompressed } from './decompressed.ts';
import { LateList } from './late-list.ts';
import { markOf } from './marks.ts';
import {
  isLog,
  languageOf,
  listKindOf,
  packageFolderOf,
  placeAt,
  statementFiles,
  strayKindOf,
  ways,
} from './places.ts';
import { ndbList, rpmFormatOf, type RpmFormat } from './rpm-lists.ts';
import { AmbiguousError, StrictArchive } from './strict-archive.ts';
import { chosenIn, isChooser, looksLikeOsRelease, statementIn } from './statements.ts';
import { apkReader, manifestReader, stanzaReader, type ListReader } from './text-lists.ts';
import { above } from './tree.ts';

/** Limits of one layer. A layer beyond them is unread, and its image is not healthy. */
const most = { entries: 2_000_000, kept: 400_000, databaseBytes: 96 * 2 ** 20, statementBytes: 64 * 1024 } as const;

/** Bytes by which a file is recognised. */
const headBytes = 4096;
/** The largest page of SQLite ("Database File Format", 1.3.2). */
const firstPageBytes = 65_536;

/** A database that is counted after all layers are read. */
export interface HeldDatabase {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface ReadLayer {
  readonly summary: LayerSummary;
  /** Databases of SQLite. Their lists in the summary are not filled in yet. */
  readonly held: readonly HeldDatabase[];
}

/** The reason of a list that is filled in later. */
export const counting = 'counting';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** Marks of aufs, which are no files. */
const aufs = '.wh..wh.';

class PathError extends Error {}
class LongPathError extends Error {}

/** Bytes of a path with its end, beyond which Linux makes no file (`PATH_MAX` of limits.h). */
const mostPathBytes = 4096;

/**
 * Returns a path relative to the root.
 *
 * @throws PathError if it leads out of the root, and LongPathError if it is too long: runtimes refuse both
 */
export const normal = (path: string): string => {
  if (Buffer.byteLength(path) >= mostPathBytes) throw new LongPathError('a path that is too long');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new PathError('a path with ..');
  return parts.join('/');
};

/** True for a name of valid UTF-8. */
const isText = (name: string): boolean => !name.includes('\ufffd');

/** Reads one file of a layer: the head decides by which reader. */
class FileReader {
  #head: Buffer[] = [];
  #headLength = 0;
  #reader: ListReader | undefined;
  #database: { format: RpmFormat; pieces: Buffer[]; length: number; isOfPackages?: boolean } | undefined;
  #late: LateList | undefined;
  #statement: Buffer[] | undefined;
  #decided = false;

  constructor(
    private readonly path: string,
    private readonly size: number,
  ) {}

  write(chunk: Buffer): void {
    if (!this.#decided) {
      this.#head.push(chunk);
      this.#headLength += chunk.length;
      if (this.#headLength >= headBytes) this.#decide();
      return;
    }
    this.#pass(chunk);
  }

  end(held: HeldDatabase[]): KeptEntry | undefined {
    if (!this.#decided) this.#decide();
    const { path } = this;
    const list: PackageList | undefined =
      isLog(path) && this.size > 0 ? { kind: 'rpm', packages: [], unread: 'a-write-ahead-log' } : this.#list(held);
    const content = this.#statement && Buffer.concat(this.#statement);
    const statement = isChooser(path) ? chosenIn(path, content) : content && statementIn(path, content);
    const language = languageOf(path);
    if (!list && !statement && !language && !ways.has(path) && !placeAt(path)) return undefined;
    return {
      path,
      is: 'file',
      ...(list ? { list } : {}),
      ...(statement ? { statement } : {}),
      ...(language === undefined ? {} : { language }),
    };
  }

  #decide(): void {
    this.#decided = true;
    const whole = Buffer.concat(this.#head);
    this.#head = [];
    const head = whole.subarray(0, headBytes);
    this.#reader = this.#readerFor(head);
    const format = this.#reader ? undefined : rpmFormatOf(head);
    if (format) this.#database = { format, pieces: [], length: 0 };
    else if (
      this.size <= most.statementBytes &&
      (statementFiles.has(this.path) || isChooser(this.path) || looksLikeOsRelease(head.toString('latin1')))
    )
      this.#statement = [];
    else if (!this.#reader) this.#late = new LateList();
    this.#pass(whole);
  }

  #readerFor(head: Buffer): ListReader | undefined {
    const place = placeAt(this.path);
    if (place?.kind === 'dpkg' || place?.kind === 'opkg') return stanzaReader(place.kind);
    if (place?.kind === 'apk') return apkReader();
    if (place?.path.startsWith('var/lib/rpmmanifest/')) return manifestReader();
    const kind = listKindOf(this.path);
    if (kind) return kind === 'apk' ? apkReader() : stanzaReader(kind);
    const text = head.toString('latin1');
    if (/^package[ \t]*:/im.test(text)) return stanzaReader('dpkg');
    return /^[A-Z]:/.test(text) && /^P:/m.test(text) && /^V:/m.test(text) ? apkReader() : undefined;
  }

  #pass(chunk: Buffer): void {
    this.#reader?.write(chunk);
    this.#statement?.push(chunk);
    this.#late?.write(chunk);
    const database = this.#database;
    if (!database || database.format === 'berkeley-db') return;
    database.length += chunk.length;
    if (database.length <= most.databaseBytes) database.pieces.push(chunk);
    else database.pieces = [];
    if (database.format !== 'sqlite' || placeAt(this.path) || database.isOfPackages) return;
    // SQLite is the format of many files. Its first page, of at most 64 KiB, has the names of its tables.
    database.isOfPackages = Buffer.concat(database.pieces).subarray(0, firstPageBytes).includes('Packages');
    if (!database.isOfPackages && database.length >= firstPageBytes) this.#database = undefined;
  }

  #list(held: HeldDatabase[]): PackageList | undefined {
    const stray = strayKindOf(this.path);
    if (stray) return { kind: stray, packages: [], unread: `${stray}-is-not-read` };
    const list = this.#reader?.end();
    // A text in which some line begins like a list is no list.
    if (list && !placeAt(this.path) && list.packages.length === 0 && !list.unmarked && !list.unread) return undefined;
    if (list) return list;
    if (this.#late?.found) return { kind: this.#late.found, packages: [], unread: 'a-list-that-begins-late' };
    const database = this.#database;
    if (!database || (database.format === 'sqlite' && !placeAt(this.path) && !database.isOfPackages)) return undefined;
    const unread = (reason: string): PackageList => ({ kind: 'rpm', packages: [], unread: reason });
    if (database.format === 'berkeley-db') return unread('berkeley-db');
    if (database.length > most.databaseBytes) return unread('too-large');
    const bytes = Buffer.concat(database.pieces);
    if (database.format === 'ndb') return ndbList(bytes);
    held.push({ path: this.path, bytes });
    return unread(counting);
  }
}

const others: ReadonlySet<string> = new Set(['character-device', 'block-device', 'fifo', 'contiguous-file']);

/** Returns what is kept of an entry that is no regular file. */
const keptOf = (type: Header['type'], path: string, linkname: string | null | undefined): KeptEntry | undefined => {
  if (type === 'symlink') return { path, is: 'symlink', to: linkname ?? '' };
  if (type === 'link') return { path, is: 'hardlink', to: normal(linkname ?? '') };
  if (type === 'directory') return { path, is: 'way' };
  return others.has(type ?? '') || ways.has(path) ? { path, is: 'other' } : undefined;
};

/** Returns the whiteout that a name is, or undefined (OCI image specification, "Whiteouts"). */
const whiteoutOf = (path: string): KeptEntry | undefined => {
  const at = path.lastIndexOf('/') + 1;
  const [folder, name] = [path.slice(0, Math.max(0, at - 1)), path.slice(at)];
  if (name === opaque) return { path: folder, is: 'opaque' };
  if (!name.startsWith(whiteout) || name.startsWith(aufs)) return undefined;
  const hidden = name.slice(whiteout.length);
  // Some runtimes remove the folder or the one above it, others refuse the layer.
  if (['', '.', '..'].includes(hidden)) throw new PathError('a whiteout of nothing');
  return { path: folder === '' ? hidden : `${folder}/${hidden}`, is: 'whiteout' };
};

/** A sparse file has its true name in the extended header (GNU tar, "PAX Format, Version 1.0"). */
const extended = ({ pax }: Header): Readonly<Record<string, string>> => (pax ?? {}) as Record<string, string>;
const sparseName = (header: Header): string | undefined => extended(header)['GNU.sparse.name'];
const isSparse = (header: Header): boolean =>
  Object.keys(extended(header)).some((name) => name.startsWith('GNU.sparse.'));

const reasonOf = (error: Error): string => {
  if (error instanceof PathError) return 'a-path-out-of-the-root';
  if (error instanceof LongPathError) return 'a-path-too-long';
  return error instanceof AmbiguousError ? 'an-ambiguous-archive' : 'invalid-archive';
};

/** The paths of a layer in the order of its entries, on which its meaning depends. */
class Paths {
  /** Folders that had an entry below before one of their own, so that a link of a layer below may be followed. */
  readonly unnamed = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #symlinks = new Set<string>();
  readonly #linked = new Set<string>();

  /** @throws AmbiguousError for an entry that changes another one */
  add(path: string, type: Header['type']): void {
    for (const folder of above(path)) {
      if (this.#symlinks.has(folder)) throw new AmbiguousError('a path through a link');
      if (this.#folders.has(folder)) continue;
      if (this.unnamed.size >= most.kept) throw new AmbiguousError('too many folders without an entry');
      this.unnamed.add(folder);
    }
    if (this.#linked.has(path)) throw new AmbiguousError('another file at the target of a hard link');
    if (type === 'directory') this.#folders.add(path);
    else this.#folders.delete(path);
    if (type === 'symlink') this.#symlinks.add(path);
  }

  link(target: string): void {
    this.#linked.add(target);
  }
}

/**
 * Reads a layer once: the digest of its content, and what lies in it that matters for package databases.
 *
 * @throws SystemError if the file cannot be read
 */
export const readLayer = async (file: string): Promise<ReadLayer> => {
  const hash = createHash('sha256');
  const kept = new Map<string, KeptEntry>();
  const marks = new Map<string, Buffer>();
  const held: HeldDatabase[] = [];
  let entries = 0;
  let unread: string | undefined;
  const keep = (entry: KeptEntry | undefined): void => {
    if (!entry) return;
    // Two names of other bytes are one for this program. A list must not be taken for another, nor a link for its
    // target.
    const names = 'to' in entry ? [entry.path, entry.to] : 'list' in entry ? [entry.path] : [];
    if (!names.every(isText)) throw new AmbiguousError('a name that is no UTF-8');
    if (kept.size >= most.kept) unread = 'too-many-entries';
    else kept.set(`${entry.is === 'whiteout' || entry.is === 'opaque' ? entry.is : ''} ${entry.path}`, entry);
  };
  const paths = new Paths();
  // A later entry of the same path takes the place of an earlier one of any kind.
  const forget = (path: string): void => {
    // A scanner reads both, and takes either.
    if (isChooser(path) && kept.has(` ${path}`)) throw new AmbiguousError('two files that choose advisories');
    kept.delete(` ${path}`);
    marks.delete(path);
  };
  const strict = new StrictArchive();
  const archive = extract();
  const reading = (async () => {
    for await (const entry of archive) {
      const { header } = entry;
      if (++entries > most.entries) throw new Error('too-many-entries');
      const path = normal(sparseName(header) ?? header.name);
      if (header.type === 'file' && header.name.endsWith('/')) throw new AmbiguousError('a file or a folder');
      paths.add(path, header.type);
      const hidden = whiteoutOf(path);
      if (hidden) keep(hidden);
      else if (header.type === 'file' && isSparse(header)) keep({ path, is: 'other' });
      else if (header.type === 'file' || header.type === 'contiguous-file') {
        const reader = new FileReader(path, header.size ?? 0);
        for await (const chunk of entry as AsyncIterable<Buffer>) reader.write(chunk);
        const found = reader.end(held);
        forget(path);
        if (found) keep(found);
        else marks.set(path, markOf(path));
        const folder = packageFolderOf(path);
        if (folder !== undefined && !kept.has(` ${folder}`)) keep({ path: folder, is: 'way' });
      } else {
        forget(path);
        const entry = keptOf(header.type, path, header.linkname);
        if (entry?.is === 'hardlink') paths.link(entry.to);
        keep(entry);
      }
      entry.resume();
    }
  })();
  let failed: Error | undefined;
  reading.catch((error: Error) => (failed ??= error));
  try {
    for await (const chunk of decompressed(file)) {
      hash.update(chunk);
      // The digest is of all bytes, also behind an archive that cannot be read.
      if (failed) continue;
      try {
        strict.write(chunk);
      } catch (error) {
        failed = error as Error;
        archive.destroy();
        continue;
      }
      if (!archive.write(chunk)) await drained(archive, reading);
    }
    if (!failed) archive.end(undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    unread = 'invalid-compression';
    archive.destroy();
  }
  await reading.catch(() => undefined);
  if (failed) unread ??= reasonOf(failed);
  return {
    summary: {
      diffId: unread === 'invalid-compression' ? '' : `sha256:${hash.digest('hex')}`,
      entries,
      kept: [...kept.values()],
      files: Buffer.concat([...marks.values()]).toString('base64'),
      ...(paths.unnamed.size > 0 ? { unnamed: [...paths.unnamed] } : {}),
      ...(unread === undefined ? {} : { unread }),
    },
    held,
  };
};

/** Waits until the archive takes more, or has failed. */
const drained = (archive: ReturnType<typeof extract>, reading: Promise<void>): Promise<unknown> =>
  Promise.race([
    new Promise<void>((resolve) => {
      archive.once('drain', () => resolve());
    }),
    reading.catch(() => undefined),
  ]);
