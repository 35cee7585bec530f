import { open, type FileHandle } from 'node:fs/promises';

/** A file that is no whole bbolt database. */
export class BoltError extends Error {
  override readonly name = 'BoltError';
}

const magic = 0xed0cdaed;
const version = 2;
const [branchPage, leafPage] = [1, 2];
const bucketFlag = 1;
const [headerBytes, elementBytes, metaBytes] = [16, 16, 64];
const mostDepth = 64;
/** Pages are read in pieces of this size, and the last pieces are kept. */
const [pieceBytes, piecesKept] = [2 ** 20, 16];
/** An entry of Trivy's takes some KB. A process has room for a page of this size a few times. */
const mostPageBytes = 2 ** 26;

const fnv = (bytes: Buffer): bigint => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
};

interface Meta {
  readonly pageBytes: number;
  readonly root: number;
  readonly pages: number;
  readonly transaction: bigint;
}

const numberAt = (bytes: Buffer, at: number): number => {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BoltError('a page number is out of range');
  return Number(value);
};

const metaIn = (page: Buffer): Meta => {
  const meta = page.subarray(headerBytes, headerBytes + metaBytes);
  if (meta.length < metaBytes || meta.readUInt32LE(0) !== magic) throw new BoltError('it is no bbolt file');
  if (meta.readUInt32LE(4) !== version) throw new BoltError(`it is of version ${meta.readUInt32LE(4)}`);
  if (fnv(meta.subarray(0, 56)) !== meta.readBigUInt64LE(56)) throw new BoltError('a meta page is damaged');
  return {
    pageBytes: meta.readUInt32LE(8),
    root: numberAt(meta, 16),
    pages: numberAt(meta, 40),
    transaction: meta.readBigUInt64LE(48),
  };
};

/** Reads parts of a file through a few large pieces. */
class Pieces {
  readonly #kept = new Map<number, Buffer>();

  constructor(private readonly file: FileHandle) {}

  async part(from: number, bytes: number): Promise<Buffer> {
    const first = Math.floor(from / pieceBytes);
    const last = Math.floor((from + bytes - 1) / pieceBytes);
    const pieces: Buffer[] = [];
    for (let at = first; at <= last; at += 1) pieces.push(await this.#piece(at));
    const [piece = Buffer.alloc(0)] = pieces;
    const whole = pieces.length === 1 ? piece : Buffer.concat(pieces);
    const start = from - first * pieceBytes;
    const part = whole.subarray(start, start + bytes);
    if (part.length < bytes) throw new BoltError('it is cut short');
    return part;
  }

  async #piece(at: number): Promise<Buffer> {
    const known = this.#kept.get(at);
    if (known) {
      // The piece used last is dropped last.
      this.#kept.delete(at);
      this.#kept.set(at, known);
      return known;
    }
    const { buffer, bytesRead } = await this.file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, at * pieceBytes);
    const piece = buffer.subarray(0, bytesRead);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= piecesKept) this.#kept.delete(oldest);
    this.#kept.set(at, piece);
    return piece;
  }
}

/** An entry. Its key is in Latin-1, so that its order is that of the bytes. */
export interface BoltEntry {
  readonly key: string;
  readonly value: Buffer;
}

/** Consecutive entries of a bucket, as they lie in a page. Names are in Latin-1, as keys are. */
export class BoltRun {
  #entries: readonly BoltEntry[] | undefined;

  constructor(
    /** The top-level bucket. Its first run has no entries. */
    readonly bucket: string,
    /** The names of the buckets within, from the outside on, joined by NUL; empty for the entries of the bucket. */
    readonly within: string,
    readonly count: number,
    private readonly page: Buffer,
    /** The first element, and the end of the last value. */
    private readonly first: number,
    private readonly end: number,
  ) {}

  /** The entries, which are cut out of the page when they are asked for. */
  get entries(): readonly BoltEntry[] {
    this.#entries ??= Array.from({ length: this.count }, (_, place) => {
      const at = headerBytes + (this.first + place) * elementBytes;
      const from = at + this.page.readUInt32LE(at + 4);
      const to = from + this.page.readUInt32LE(at + 8);
      return {
        key: this.page.toString('latin1', from, to),
        value: this.page.subarray(to, to + this.page.readUInt32LE(at + 12)),
      };
    });
    return this.#entries;
  }

  /** True if both have the same bytes, which are the same entries. Otherwise the entries must be compared. */
  isSameAs({ page, first, count, end }: BoltRun): boolean {
    return (
      first === 0 &&
      this.first === 0 &&
      count === this.count &&
      end === this.end &&
      this.page.compare(page, headerBytes, end, headerBytes, end) === 0
    );
  }
}

/** A page that is being read. */
interface Frame {
  readonly page: Buffer;
  readonly names: readonly string[];
  element: number;
  /** The last key that was read. */
  from: number;
  to: number;
}

/** Reads a database in the order of its keys, each page once. */
class Reader {
  readonly #pieces: Pieces;
  readonly #seen: Uint8Array;
  readonly #frames: Frame[] = [];
  #isBegun = false;

  constructor(
    file: FileHandle,
    private readonly meta: Meta,
    private readonly isChecked: boolean,
  ) {
    this.#pieces = new Pieces(file);
    this.#seen = new Uint8Array(meta.pages);
  }

  /** The next run, or nothing behind the last. */
  async next(): Promise<BoltRun | undefined> {
    if (!this.#isBegun) await this.#open(this.meta.root, []);
    this.#isBegun = true;
    for (;;) {
      const frame = this.#frames.at(-1);
      if (!frame) return undefined;
      const { page, names } = frame;
      const elements = page.readUInt16LE(10);
      const isBranch = page.readUInt16LE(8) === branchPage;
      const first = frame.element;
      let end = 0;
      let inner: { from: number; to: number; end: number } | undefined;
      let child: number | undefined;
      while (frame.element < elements && !inner && child === undefined) {
        const at = headerBytes + frame.element * elementBytes;
        const from = at + page.readUInt32LE(isBranch ? at : at + 4);
        const to = from + page.readUInt32LE(isBranch ? at + 4 : at + 8);
        const last = isBranch ? to : to + page.readUInt32LE(at + 12);
        if (last > page.length) throw new BoltError('an entry lies outside of its page');
        if (this.isChecked && frame.element > 0 && page.compare(page, from, to, frame.from, frame.to) >= 0)
          throw new BoltError('the keys of a page are in no order');
        const isBucket = !isBranch && (page.readUInt32LE(at) & bucketFlag) !== 0;
        if (isBucket && frame.element > first) break;
        [frame.from, frame.to] = [from, to];
        frame.element += 1;
        if (isBranch) child = numberAt(page, at + 8);
        else if (isBucket) inner = { from, to, end: last };
        else end = Math.max(end, last);
      }
      const count = inner || child !== undefined ? 0 : frame.element - first;
      if (frame.element === elements && !inner && child === undefined) this.#frames.pop();
      if (child !== undefined) await this.#open(child, names);
      if (inner) {
        const name = page.toString('latin1', inner.from, inner.to);
        await this.#bucket(page.subarray(inner.to, inner.end), [...names, name]);
        if (names.length === 0) return new BoltRun(name, '', 0, page, 0, 0);
      }
      if (count > 0) return new BoltRun(names[0] ?? '', names.slice(1).join('\0'), count, page, first, end);
    }
  }

  async #open(page: number, names: readonly string[]): Promise<void> {
    this.#push(await this.#page(page), names);
  }

  async #page(page: number): Promise<Buffer> {
    const { pages, pageBytes } = this.meta;
    if (page < 2 || page >= pages) throw new BoltError(`page ${page} is not in the file`);
    if (this.#seen[page]) throw new BoltError(`page ${page} is used twice`);
    this.#seen[page] = 1;
    const header = await this.#pieces.part(page * pageBytes, headerBytes);
    if (numberAt(header, 0) !== page) throw new BoltError(`page ${page} is another one`);
    const bytes = pageBytes * (1 + header.readUInt32LE(12));
    if (bytes > mostPageBytes || page + bytes / pageBytes > pages) throw new BoltError(`page ${page} is too long`);
    const next = this.#seen.subarray(page + 1, page + bytes / pageBytes);
    if (next.includes(1)) throw new BoltError(`page ${page} runs into another one`);
    next.fill(1);
    return this.#pieces.part(page * pageBytes, bytes);
  }

  #push(page: Buffer, names: readonly string[]): void {
    if (this.#frames.length > mostDepth) throw new BoltError('it is too deep');
    const [flags, elements] = [page.readUInt16LE(8), page.readUInt16LE(10)];
    if (flags !== branchPage && flags !== leafPage) throw new BoltError('a page is of no known kind');
    if (headerBytes + elements * elementBytes > page.length) throw new BoltError('a page has too many elements');
    this.#frames.push({ page, names, element: 0, from: 0, to: 0 });
  }

  /** A small bucket lies in its value, behind its header. */
  async #bucket(value: Buffer, names: readonly string[]): Promise<void> {
    if (value.length < headerBytes) throw new BoltError('a bucket has no header');
    const root = numberAt(value, 0);
    if (root !== 0) return this.#open(root, names);
    const inline = value.subarray(headerBytes);
    if (inline.length < headerBytes) throw new BoltError('a bucket has no page');
    this.#push(inline, names);
  }
}

/**
 * Reads every page of a bbolt database that is in use, in the order of its keys. The format is that of
 * https://github.com/etcd-io/bbolt (internal/common: page.go, meta.go, bucket.go).
 *
 * @param isChecked false for one that was read before: the order of its keys need not be checked again
 * @throws BoltError if it is cut short, or two of its parts contradict each other
 */
export async function* boltRuns(path: string, isChecked: boolean): AsyncGenerator<BoltRun, undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const pieces = new Pieces(file);
    const one = metaIn(await pieces.part(0, headerBytes + metaBytes));
    if (one.pageBytes < 1024 || one.pageBytes > 65_536 || (one.pageBytes & (one.pageBytes - 1)) !== 0)
      throw new BoltError(`its pages have ${one.pageBytes} bytes`);
    const two = metaIn(await pieces.part(one.pageBytes, headerBytes + metaBytes));
    const meta = one.transaction > two.transaction ? one : two;
    if (two.pageBytes !== one.pageBytes) throw new BoltError('its meta pages contradict each other');
    if (meta.pages * meta.pageBytes > size) throw new BoltError('it is cut short');
    const reader = new Reader(file, meta, isChecked);
    for (let run = await reader.next(); run; run = await reader.next()) yield run;
    return undefined;
  } finally {
    await file.close();
  }
}
