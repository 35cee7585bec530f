import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { UnreadCode } from '@assay/events';
import type { KeptEntry, LayerSummary, LanguageManifest, PackageList } from './answer.ts';
import { ArchiveReader, type LayerEntry, type ContentReader } from './archive.ts';
import { decompressed } from './decompressed.ts';
import { isPnp, languageAt, ManifestReader, namesFiles, OwnedReader } from './manifests.ts';
import { markOf } from './marks.ts';
import { isLog, isOnTheWay, packageFolderOf, placeAt, statementFiles, ways } from './places.ts';
import { ndbList, rpmFormatOf, type RpmFormat } from './rpm-lists.ts';
import { chosenIn, isChooser, looksLikeOsRelease, statementIn } from './statements.ts';
import { readerFor, type ListReader } from './text-lists.ts';
import { above, mostLinks } from './tree.ts';

/** Limits of one layer. A layer beyond them is unread, and its image is not healthy. */
const most = { entries: 2_000_000, kept: 400_000, databaseBytes: 96 * 2 ** 20, statementBytes: 64 * 1024 } as const;

/** Bytes by which a file is recognised. */
const headBytes = 4096;

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

/** A layer with more than is kept. */
class LimitError extends Error {}

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** Marks of aufs, which are no files. */
const aufs = '.wh..wh.';

/** Bytes of a path with its end, beyond which Linux makes no file (`PATH_MAX` of limits.h). */
const mostPathBytes = 4096;

/** A path relative to the root, in its shortest form. One out of the root begins with `..`. */
export const normal = (path: string): string =>
  posix.normalize(path.startsWith('/') ? path : `./${path}`).replace(/^\.?\/+|\/+$|^\.$/g, '');

const isOut = (path: string): boolean => path === '..' || path.startsWith('../');

/** A database of rpm as it streams past. */
class DatabaseReader {
  readonly #pieces: Buffer[] = [];
  #length = 0;
  #rest = '';
  #isOfPackages: boolean;

  constructor(
    private readonly path: string,
    private readonly format: RpmFormat,
  ) {
    // SQLite is the format of many files. The names of its tables may lie anywhere, in any case and encoding.
    this.#isOfPackages = format !== 'sqlite' || placeAt(path) !== undefined;
  }

  write(chunk: Buffer): void {
    if (this.format === 'berkeley-db') return;
    this.#length += chunk.length;
    if (this.#length <= most.databaseBytes) this.#pieces.push(Buffer.from(chunk));
    else this.#pieces.length = 0;
    if (this.#isOfPackages) return;
    const text = this.#rest + chunk.toString('latin1').replaceAll('\0', '').toLowerCase();
    this.#isOfPackages = text.includes('packages');
    this.#rest = text.slice(-'packages'.length);
  }

  end(held: HeldDatabase[]): PackageList | undefined {
    const unread = (reason: UnreadCode): PackageList => ({ kind: 'rpm', packages: [], unread: reason });
    if (!this.#isOfPackages) return undefined;
    if (this.format === 'berkeley-db') return unread('berkeley-db');
    if (this.#length > most.databaseBytes) return unread('too-large');
    const bytes = Buffer.concat(this.#pieces);
    if (this.format === 'ndb') return ndbList(bytes);
    held.push({ path: this.path, bytes });
    // It is counted later, and unread until then.
    return unread('malformed-database');
  }
}

/** Reads one file of a layer: its path and its head decide by which readers. */
class FileReader implements ContentReader {
  #head: Buffer[] = [];
  #headLength = 0;
  #isDecided = false;
  #list: ListReader | undefined;
  #database: DatabaseReader | undefined;
  #manifest: ManifestReader | undefined;
  #owned: OwnedReader | undefined;
  #statement: Buffer[] | undefined;

  constructor(
    private readonly path: string,
    private readonly size: number,
    private readonly held: HeldDatabase[],
    private readonly keep: (entry: KeptEntry | undefined) => void,
  ) {}

  write(chunk: Buffer): void {
    if (this.#isDecided) return this.#pass(chunk);
    this.#head.push(Buffer.from(chunk));
    this.#headLength += chunk.length;
    if (this.#headLength >= headBytes) this.#decide();
  }

  end(): void {
    if (!this.#isDecided) this.#decide();
    const { path } = this;
    const list = this.#foundList();
    const content = this.#statement && Buffer.concat(this.#statement);
    const statement = isChooser(path) ? chosenIn(path, content) : content && statementIn(path, content);
    const manifest = this.#foundManifest();
    const owns = this.#owned?.end() ?? [];
    const isKept = list || statement || manifest || owns.length > 0 || ways.has(path) || placeAt(path) || isPnp(path);
    this.keep(
      isKept
        ? {
            path,
            is: 'file',
            ...(list ? { list } : {}),
            ...(statement ? { statement } : {}),
            ...(manifest ? { manifest } : {}),
            ...(owns.length > 0 ? { owns } : {}),
          }
        : undefined,
    );
  }

  #decide(): void {
    this.#isDecided = true;
    const { path, size } = this;
    const whole = Buffer.concat(this.#head);
    this.#head = [];
    const head = whole.subarray(0, headBytes);
    this.#list = readerFor(path, head);
    const format = this.#list ? undefined : rpmFormatOf(head);
    if (format) this.#database = new DatabaseReader(path, format);
    this.#manifest = ManifestReader.for(path, head, size);
    if (namesFiles(path)) this.#owned = new OwnedReader();
    const names = statementFiles.has(path) || isChooser(path) || looksLikeOsRelease(head.toString('latin1'));
    if (size <= most.statementBytes && names) this.#statement = [];
    this.#pass(whole);
  }

  #pass(chunk: Buffer): void {
    this.#list?.write(chunk);
    this.#database?.write(chunk);
    this.#manifest?.write(chunk);
    this.#owned?.write(chunk);
    this.#statement?.push(Buffer.from(chunk));
  }

  #foundList(): PackageList | undefined {
    const { path } = this;
    if (isLog(path) && this.size > 0) return { kind: 'rpm', packages: [], unread: 'a-write-ahead-log' };
    return this.#list?.end() ?? this.#database?.end(this.held);
  }

  /** A file that only looks like a manifest is kept for the links to it. */
  #foundManifest(): LanguageManifest | undefined {
    const manifest = this.#manifest?.end();
    return manifest && (manifest.packages.length > 0 || languageAt(this.path)) ? manifest : undefined;
  }
}

/** The whiteout that a name is (OCI image specification, "Whiteouts"), or undefined. */
const whiteoutOf = (path: string): KeptEntry | undefined => {
  const at = path.lastIndexOf('/') + 1;
  const [folder, name] = [path.slice(0, Math.max(0, at - 1)), path.slice(at)];
  if (name === opaque) return { path: folder, is: 'opaque' };
  if (!name.startsWith(whiteout) || name.startsWith(aufs)) return undefined;
  const hidden = name.slice(whiteout.length);
  // Some runtimes remove the folder or the one above it, others refuse the layer.
  if (['', '.', '..'].includes(hidden)) return { path: folder, is: 'other', doubt: 'a-whiteout-of-nothing' };
  return { path: folder === '' ? hidden : `${folder}/${hidden}`, is: 'whiteout' };
};

const keyOf = ({ path, is, doubt }: KeptEntry): string =>
  `${is === 'whiteout' || is === 'opaque' ? is : doubt === undefined ? '' : 'doubt'} ${path}`;

/** The entries of one layer, put together in their order as a runtime does. */
class LayerEntries {
  entries = 0;
  readonly held: HeldDatabase[] = [];
  /** Folders that had an entry below before one of their own, so that a link of a layer below may be followed. */
  readonly unnamed = new Set<string>();
  readonly kept = new Map<string, KeptEntry>();
  /** Paths of all other regular files. */
  readonly files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #symlinks = new Map<string, string>();

  /** @throws LimitError if there are too many */
  open = (entry: LayerEntry): ContentReader | undefined => {
    if (++this.entries > most.entries) throw new LimitError();
    if (Buffer.byteLength(entry.name, 'latin1') >= mostPathBytes)
      return this.#doubt(entry.name.slice(0, headBytes / 4), 'a-path-too-long');
    const given = normal(entry.name);
    const path = isOut(given) ? undefined : this.#through(given);
    if (path === undefined) return this.#doubt(given.replace(/^(?:\.\.\/?)+/, ''), 'a-path-out-of-the-root');
    this.#name(path);
    const hidden = whiteoutOf(path);
    if (hidden) this.#keep(hidden);
    else return this.#place(path, entry);
    return undefined;
  };

  #doubt(path: string, doubt: UnreadCode): undefined {
    this.#keep({ path, is: 'other', doubt });
  }

  #keep(entry: KeptEntry): void {
    if (this.kept.size >= most.kept) throw new LimitError();
    this.kept.set(keyOf(entry), entry);
  }

  /** A path behind the links of this layer on its way, as runtimes write. Undefined if they lead in a circle. */
  #through(path: string): string | undefined {
    if (this.#symlinks.size === 0) return path;
    let [at, rest]: [string[], string[]] = [[], path.split('/')];
    for (let links = 0; rest.length > 0;) {
      const part = rest.shift() ?? '';
      if (part === '..') at.pop();
      if (part === '' || part === '.' || part === '..') continue;
      const to = rest.length > 0 ? this.#symlinks.get([...at, part].join('/')) : undefined;
      if (to === undefined) at.push(part);
      else {
        if (++links > mostLinks) return undefined;
        if (to.startsWith('/')) at = [];
        rest = [...to.split('/'), ...rest];
      }
    }
    return at.join('/');
  }

  #name(path: string): void {
    for (const folder of above(path)) {
      if (this.#folders.has(folder) || this.unnamed.has(folder)) continue;
      if (this.unnamed.size >= most.kept) throw new LimitError();
      this.unnamed.add(folder);
    }
  }

  /** Takes away what a later entry of the same path replaces: an entry of any kind, with all below it. */
  #replace(path: string, type: LayerEntry['type']): void {
    if (type !== 'directory' && (this.#folders.delete(path) || this.unnamed.has(path))) {
      const below = (each: string): boolean => each.startsWith(`${path}/`);
      for (const [key, entry] of this.kept) if (below(entry.path) && !key.startsWith('doubt')) this.kept.delete(key);
      for (const paths of [this.files, this.#folders, this.#symlinks])
        for (const each of paths.keys()) if (below(each)) paths.delete(each);
    }
    this.kept.delete(` ${path}`);
    this.files.delete(path);
    this.#symlinks.delete(path);
  }

  #place(path: string, { type, linkname, size, doubt }: LayerEntry): ContentReader | undefined {
    // A scanner reads both of two such files, and takes either.
    const isTwice = isChooser(path) && (this.kept.has(` ${path}`) || this.files.has(path));
    this.#replace(path, type);
    if (doubt !== undefined) this.#doubt(path, doubt);
    if (type === 'directory') {
      this.#folders.add(path);
      this.#keep({ path, is: 'way' });
    } else if (type === 'symlink') {
      this.#symlinks.set(path, linkname);
      this.#keep({ path, is: 'symlink', to: linkname });
    } else if (type === 'link') this.#link(path, normal(linkname));
    else if (type === 'other') this.#keep({ path, is: 'other' });
    else
      return new FileReader(path, size, this.held, (found) => {
        if (isTwice) this.#keep({ path, is: 'file', ...chosenTwice(path) });
        else if (found) this.#keep(found);
        else this.files.add(path);
        const folder = packageFolderOf(path);
        if (folder !== undefined && !this.kept.has(` ${folder}`)) this.#keep({ path: folder, is: 'way' });
      });
    return undefined;
  }

  /** A hard link has the content that its target has now; only a target in a layer below is looked for later. */
  #link(path: string, to: string): void {
    if (isOut(to)) return this.#doubt(path, 'a-link-out-of-the-root');
    const target = this.#through(to) ?? to;
    const found = this.kept.get(` ${target}`);
    if (found?.is === 'file') this.#keep({ ...found, path, as: found.as ?? target });
    else if (found && found.is !== 'way') this.#keep({ ...found, path });
    else if (!this.files.has(target)) this.#keep({ path, is: 'hardlink', to: target });
    else if (isOnTheWay(path) || languageAt(path)) this.#keep({ path, is: 'other' });
    else this.files.add(path);
    const held = this.held.find((each) => each.path === target);
    if (held) this.held.push({ ...held, path });
  }
}

const chosenTwice = (path: string): object => {
  const statement = chosenIn(path, undefined);
  return statement ? { statement: { ...statement, version: 'two files' } } : {};
};

/**
 * Reads a layer once: the digest of its content, and what lies in it that matters for package databases.
 *
 * @throws SystemError if the file cannot be read
 */
export const readLayer = async (file: string): Promise<ReadLayer> => {
  const hash = createHash('sha256');
  const layer = new LayerEntries();
  const archive = new ArchiveReader(layer.open);
  let unread: UnreadCode | undefined;
  const attempt = (read: () => void): void => {
    try {
      // The digest is of all bytes, also behind an archive that cannot be read.
      if (unread === undefined) read();
    } catch (error) {
      unread = error instanceof LimitError ? 'too-many-entries' : 'invalid-archive';
    }
  };
  try {
    for await (const chunk of decompressed(file)) {
      hash.update(chunk);
      attempt(() => archive.write(chunk));
    }
    attempt(() => archive.end());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    unread = 'invalid-compression';
  }
  const { entries, kept, files, unnamed, held } = layer;
  return {
    summary: {
      diffId: unread === 'invalid-compression' ? '' : `sha256:${hash.digest('hex')}`,
      entries,
      kept: [...kept.values()],
      files: Buffer.concat([...files].map(markOf)).toString('base64'),
      ...(unnamed.size > 0 ? { unnamed: [...unnamed] } : {}),
      ...(unread === undefined ? {} : { unread }),
    },
    held,
  };
};
