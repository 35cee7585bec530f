const blockBytes = 512;
/** Go refuses longer extended headers. */
const mostExtended = 2 ** 20;

/** Offsets in a header (POSIX, `pax`, "ustar Interchange Format"; GNU tar, "Basic Tar Format"). */
const at = { size: 124, sum: 148, type: 156, link: 157, magic: 257, prefix: 345, star: 476, sparse: 482, end: 500 };
const trailerAt = 508;
/** The mark of a further block of an old sparse file, in that block. */
const furtherAt = 504;

/** An archive that no runtime unpacks. */
export class ArchiveError extends Error {}

/** An entry. Names are the bytes of the archive as latin1, so that two names are never taken for one. */
export interface LayerEntry {
  readonly name: string;
  /** `other` is one that no runtime makes, or a special file. */
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'other';
  readonly linkname: string;
  /** Bytes of content that follow. */
  readonly size: number;
  /** A reason why the entry may be another one for some runtime, or its content is not read. */
  readonly doubt?: 'a-sparse-file' | 'attributes-of-overlayfs';
}

/** Takes the content of one entry. */
export interface ContentReader {
  write(chunk: Buffer): void;
  end(): void;
}

/** Text up to the first zero. */
const textIn = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
};

/** Reads a number of a header, as Go does: in octal, or in base 256. NaN if it is none. */
const numberIn = (field: Buffer): number => {
  const first = field[0] ?? 0;
  if (first & 0x80) {
    const number = field.reduce((sum, byte, nth) => sum * 256 + (nth === 0 ? byte & 0x7f : byte), 0);
    return first & 0x40 ? NaN : number;
  }
  const text = textIn(Buffer.from(field.toString('latin1').replace(/^[ \0]+|[ \0]+$/g, ''), 'latin1'));
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
};

const isSumRight = (header: Buffer): boolean => {
  let [unsigned, signed] = [0, 0];
  for (let nth = 0; nth < blockBytes; nth++) {
    const byte = nth >= at.sum && nth < at.sum + 8 ? 0x20 : (header[nth] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stated = numberIn(header.subarray(at.sum, at.sum + 8));
  return stated === unsigned || stated === signed;
};

/** Values that may not have a zero. Those of attributes may: capabilities of files are binary. */
const texts: ReadonlySet<string> = new Set(['path', 'linkpath', 'uname', 'gname']);

/**
 * Reads the records of an extended header (POSIX, `pax`, "pax Extended Header").
 *
 * @throws ArchiveError if it is none
 */
const recordsIn = (body: Buffer): Map<string, string> => {
  const records = new Map<string, string>();
  for (let from = 0; from < body.length;) {
    const [record = '', digits = ''] = /^(\d{1,7}) /.exec(body.toString('latin1', from, from + 8)) ?? [];
    const end = from + Number(digits);
    const text = body.toString('latin1', from + record.length, end - 1);
    const equals = text.indexOf('=');
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
    if (record === '' || end > body.length || body[end - 1] !== 0x0a || equals < 1 || key.includes('\0'))
      throw new ArchiveError('an extended header that is none');
    if (texts.has(key) && value.includes('\0')) throw new ArchiveError('a name with a zero');
    records.set(key, value);
    from = end;
  }
  return records;
};

/** Attributes by which overlayfs hides or moves what is in layers below. Others of its attributes change nothing. */
const overlay = /^SCHILY\.xattr\.(?:trusted|user)\.overlay\.(?:opaque|redirect|whiteouts?|metacopy|xwhiteouts)$/;

/** True for the versions of sparse files that Go reads. It takes other versions for ordinary files. */
const isSparse = (records: ReadonlyMap<string, string>): boolean => {
  const version = `${records.get('GNU.sparse.major') ?? ''}.${records.get('GNU.sparse.minor') ?? ''}`;
  const isMapped = Boolean(records.get('GNU.sparse.map')) || records.has('GNU.sparse.offset');
  return ['0.0', '0.1', '1.0'].includes(version) || (version === '.' && isMapped);
};

const types: Readonly<Record<string, LayerEntry['type']>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};
const zeros = Buffer.alloc(blockBytes);
/** Types without content, also if they state a size. */
const withoutContent = new Set('123456');

/**
 * Reads an archive as Go's `archive/tar` does, with which all runtimes and scanners read layers: an image must not show
 * a package list to one of them and hide it here. Its source is the description of the format.
 */
export class ArchiveReader {
  #block: Buffer = Buffer.alloc(blockBytes);
  #filled = 0;
  #left = 0;
  #padding = 0;
  #zeros = 0;
  #reader: ContentReader | undefined;
  /** True while blocks of an old sparse file's map may follow. */
  #isMap = false;
  #pax: ReadonlyMap<string, string> = new Map();
  #longName = '';
  #longLink = '';

  /** @param open gets each entry, and may return a reader of its content */
  constructor(private readonly open: (entry: LayerEntry) => ContentReader | undefined) {}

  /** @throws ArchiveError */
  write(chunk: Buffer): void {
    // Everything behind the end is left out by all.
    for (let from = 0; from < chunk.length && this.#zeros < 2;) {
      const [left, padding] = this.#isMap ? [0, 0] : [this.#left, this.#padding];
      const taken = Math.min(left || padding || blockBytes - this.#filled, chunk.length - from);
      if (left > 0) {
        this.#reader?.write(chunk.subarray(from, from + taken));
        this.#left -= taken;
        if (this.#left === 0) this.#close();
      } else if (padding > 0) this.#padding -= taken;
      else {
        chunk.copy(this.#block, this.#filled, from, from + taken);
        this.#filled += taken;
        if (this.#filled === blockBytes) {
          this.#filled = 0;
          this.#read();
        }
      }
      from += taken;
    }
  }

  /** @throws ArchiveError if the archive is cut off */
  end(): void {
    // Padding may lack: umoci writes none at the end.
    if (this.#left + this.#filled > 0 || this.#isMap) throw new ArchiveError('an archive that is cut off');
  }

  #close(): void {
    this.#reader?.end();
    this.#reader = undefined;
  }

  #follow(size: number, reader: ContentReader | undefined): void {
    this.#left = size;
    this.#padding = (blockBytes - (size % blockBytes)) % blockBytes;
    this.#reader = reader;
    if (size === 0) this.#close();
  }

  #read(): void {
    const block = this.#block;
    if (this.#isMap) {
      this.#isMap = block[furtherAt] !== 0;
      return;
    }
    if (block.equals(zeros)) {
      this.#zeros++;
      return;
    }
    if (this.#zeros > 0) throw new ArchiveError('a block of zeros between entries');
    const size = numberIn(block.subarray(at.size, at.size + 12));
    if (!isSumRight(block) || !Number.isSafeInteger(size)) throw new ArchiveError('a header that is none');
    const type = String.fromCharCode(block[at.type] ?? 0);
    if ('xgLK'.includes(type)) this.#extend(type, size);
    else this.#entry(type, size);
  }

  #extend(type: string, size: number): void {
    if (size > mostExtended) throw new ArchiveError('an extended header that is too long');
    const pieces: Buffer[] = [];
    const end = (): void => {
      const body = Buffer.concat(pieces);
      if (type === 'L') this.#longName = textIn(body);
      else if (type === 'K') this.#longLink = textIn(body);
      else {
        const records = recordsIn(body);
        // Go hands out a global header as an entry, applies it to none, and forgets what came before it.
        if (type === 'g') this.#forget();
        else this.#pax = records;
      }
    };
    this.#follow(size, { write: (piece) => pieces.push(Buffer.from(piece)), end });
  }

  #forget(): void {
    this.#pax = new Map();
    this.#longName = this.#longLink = '';
  }

  #prefix(): string {
    const block = this.#block;
    const magic = block.toString('latin1', at.magic, at.magic + 8);
    const isStar = block.toString('latin1', trailerAt) === 'tar\0';
    if (magic.startsWith('ustar\0')) return textIn(block.subarray(at.prefix, isStar ? at.star : at.end));
    if (magic !== 'ustar  \0') return '';
    // GNU has times in this place. An old writer of Go had a prefix there, which its reader still takes.
    const times = [at.prefix, at.prefix + 12].map((from) => block.subarray(from, from + 12));
    const isTimes = times.every((time) => time[0] === 0 || !Number.isNaN(numberIn(time)));
    const text = isTimes ? '' : textIn(block.subarray(at.prefix, at.end));
    return /[\x80-\xff]/.test(text) ? '' : text;
  }

  #entry(flag: string, stated: number): void {
    const [block, records] = [this.#block, this.#pax];
    const prefix = this.#prefix();
    const own = textIn(block.subarray(0, 100));
    const name = this.#longName || records.get('path') || (prefix ? `${prefix}/${own}` : own);
    const linkname = this.#longLink || records.get('linkpath') || textIn(block.subarray(at.link, at.link + 100));
    const paxSize = records.get('size');
    const size = paxSize ? Number(/^\d{1,15}$/.exec(paxSize)?.[0]) : stated;
    if (!Number.isSafeInteger(size)) throw new ArchiveError('a size that is no number');
    const isOldSparse = flag === 'S';
    const isOfMap = isOldSparse || (types[flag] === 'file' && isSparse(records));
    const hidden = [...records.keys()].some((key) => overlay.test(key));
    const doubt: LayerEntry['doubt'] = isOfMap ? 'a-sparse-file' : hidden ? 'attributes-of-overlayfs' : undefined;
    const type = flag === '\0' && name.endsWith('/') ? 'directory' : isOfMap ? 'other' : (types[flag] ?? 'other');
    this.#isMap = isOldSparse && block[at.sparse] !== 0;
    const sparseName = isOldSparse ? undefined : isOfMap && records.get('GNU.sparse.name');
    this.#forget();
    const content = withoutContent.has(flag) ? 0 : size;
    const entry = { name: sparseName || name, type, linkname, size: content, ...(doubt ? { doubt } : {}) } as const;
    this.#follow(content, this.open(entry));
  }
}
