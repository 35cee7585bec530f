const blockBytes = 512;
/** Go refuses longer extended headers. */
const mostExtended = 2 ** 20;

/** Offsets in a header (POSIX, `pax`, "ustar Interchange Format"). */
const at = { size: 124, type: 156, magic: 257, prefix: 345, times: 369, trailer: 508 } as const;

/** An archive that readers of tar take for different archives. */
export class AmbiguousError extends Error {}

const numberIn = (field: Buffer): number => {
  if (field[0] === 0x80) return field.subarray(1, 6).some((byte) => byte !== 0) ? NaN : field.readUIntBE(6, 6);
  const text = field.toString('latin1');
  return /^[ \0]*$/.test(text) ? 0 : /^ *[0-7]+[ \0]*$/.test(text) ? parseInt(text.trim(), 8) : NaN;
};

/** Reads the records of an extended header (POSIX, `pax`, "pax Extended Header"). */
const recordsIn = (body: Buffer): Map<string, string> => {
  const records = new Map<string, string>();
  for (let from = 0; from < body.length;) {
    const [record = '', digits = ''] = /^(\d{1,7}) /.exec(body.toString('latin1', from, from + 8)) ?? [];
    const end = from + Number(digits);
    const text = body.toString('utf8', from + record.length, end - 1);
    const equals = text.indexOf('=');
    if (record === '' || end > body.length || body[end - 1] !== 0x0a || equals < 1 || text.includes('\0'))
      throw new AmbiguousError('an extended header that is none');
    records.set(text.slice(0, equals), text.slice(equals + 1));
    from = end;
  }
  return records;
};

/** True for the versions of sparse files that GNU tar writes; readers take other versions for ordinary files. */
const isKnownSparse = (records: ReadonlyMap<string, string>): boolean => {
  const version = `${records.get('GNU.sparse.major') ?? ''}.${records.get('GNU.sparse.minor') ?? ''}`;
  return ['0.0', '0.1', '1.0'].includes(version) || (version === '.' && Boolean(records.get('GNU.sparse.map')));
};

/** Types without content: some readers skip as many bytes as the size states, others none. */
const withoutContent = new Set('12346');
const known = new Set('\x0001234567xgLK');

/**
 * Follows the structure of an archive, and refuses one that readers of tar understand in different ways: runtimes and
 * scanners read archives with Go's parser, and the witness with `tar-stream`. An image must not show a package list to
 * the one and hide it from the other. Every archive that a tool writes passes.
 */
export class StrictArchive {
  readonly #header = Buffer.alloc(blockBytes);
  #filled = 0;
  #skip = 0;
  #ended = false;
  #extended: { type: string; size: number; pieces: Buffer[]; length: number } | undefined;
  #pax: ReadonlyMap<string, string> | undefined;
  /** Types of GNU's headers of long names since the last entry. */
  readonly #long = new Set<string>();

  /** @throws AmbiguousError */
  write(chunk: Buffer): void {
    for (let from = 0; from < chunk.length;) {
      if (this.#ended) {
        const rest = chunk.subarray(from);
        if (rest.equals(Buffer.alloc(rest.length))) return;
        throw new AmbiguousError('data behind the end');
      }
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, chunk.length - from);
        this.#collect(chunk.subarray(from, from + taken));
        this.#skip -= taken;
        from += taken;
        continue;
      }
      const taken = chunk.copy(this.#header, this.#filled, from, from + blockBytes - this.#filled);
      this.#filled += taken;
      from += taken;
      if (this.#filled < blockBytes) return;
      this.#filled = 0;
      this.#read();
    }
  }

  #collect(piece: Buffer): void {
    const extended = this.#extended;
    if (!extended) return;
    extended.pieces.push(piece);
    extended.length += piece.length;
    if (extended.length < extended.size) return;
    this.#extended = undefined;
    this.#extend(extended.type, Buffer.concat(extended.pieces).subarray(0, extended.size));
  }

  #read(): void {
    const header = this.#header;
    if (header.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    this.#checkFormat();
    const type = String.fromCharCode(header[at.type] ?? 0);
    const size = numberIn(header.subarray(at.size, at.size + 12));
    if (!known.has(type) || !Number.isSafeInteger(size)) throw new AmbiguousError('a header of an unknown kind');
    if ('xgLK'.includes(type)) this.#begin(type, size);
    else this.#entry(type, size);
  }

  #checkFormat(): void {
    const header = this.#header;
    const magic = header.toString('latin1', at.magic, at.magic + 8);
    // With this trailer the prefix is shorter. GNU has times in the place of a prefix.
    if (magic.startsWith('ustar\0') && header.toString('latin1', at.trailer) !== 'tar\0') return;
    if (magic === 'ustar  \0' && /^[0-7 \0]*$/.test(header.toString('latin1', at.prefix, at.times))) return;
    throw new AmbiguousError('a header of an unknown format');
  }

  #begin(type: string, size: number): void {
    if (size > mostExtended || (type === 'g' && (this.#pax || this.#long.size > 0)) || (type === 'x' && this.#pax))
      throw new AmbiguousError('extended headers that do not belong together');
    if (type === 'L' || type === 'K') this.#long.add(type);
    this.#skip = Math.ceil(size / blockBytes) * blockBytes;
    if (size > 0) this.#extended = { type, size, pieces: [], length: 0 };
    else if (type === 'x') this.#pax = new Map();
  }

  #extend(type: string, body: Buffer): void {
    if (type !== 'x' && type !== 'g') return;
    const records = recordsIn(body);
    if (type === 'x') this.#pax = records;
    // Go leaves them out, others apply them to all entries that follow.
    else if ([...records.keys()].some((name) => /^(?:path|linkpath|size|GNU\.sparse\..*)$/.test(name)))
      throw new AmbiguousError('names for all entries');
  }

  #entry(type: string, stated: number): void {
    const records = this.#pax ?? new Map<string, string>();
    const size = records.get('size') ? Number(/^\d{1,15}$/.exec(records.get('size') ?? '')?.[0]) : stated;
    const twoNames = (this.#long.has('L') && records.get('path')) || (this.#long.has('K') && records.get('linkpath'));
    // Attributes by which overlayfs hides or moves folders.
    if ([...records.keys()].some((name) => /^SCHILY\.xattr\.(?:trusted|user)\.overlay\./.test(name)))
      throw new AmbiguousError('attributes of overlayfs');
    const isSparse = [...records.keys()].some((name) => name.startsWith('GNU.sparse.'));
    this.#pax = undefined;
    this.#long.clear();
    if (twoNames || !Number.isSafeInteger(size) || (withoutContent.has(type) && size > 0))
      throw new AmbiguousError('an entry with two names, or with content that it cannot have');
    if (isSparse && !isKnownSparse(records)) throw new AmbiguousError('a sparse file of an unknown version');
    this.#skip = type === '5' ? 0 : Math.ceil(size / blockBytes) * blockBytes;
  }
}
