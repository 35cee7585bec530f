/** An entry of a tar archive. */
export interface ArchiveEntry {
  readonly name: string;
  /** The type as its header has it. */
  readonly type: string;
  readonly linkname: string;
  readonly content: Buffer;
}

const blockBytes = 512;

const textIn = (field: Buffer): string => {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
};

const numberIn = (field: Buffer): number =>
  (field[0] ?? 0) >= 0x80 ? field.readUIntBE(6, 6) : Number.parseInt(textIn(field).trim() || '0', 8);

const recordsIn = (body: Buffer): ReadonlyMap<string, string> => {
  const records = new Map<string, string>();
  for (let from = 0; from < body.length;) {
    const length = Number.parseInt(body.toString('latin1', from), 10);
    const [, key = '', value = ''] = /^\d+ ([^=]*)=([^]*)\n$/.exec(body.toString('utf8', from, from + length)) ?? [];
    records.set(key, value);
    from += Math.max(1, length);
  }
  return records;
};

/** The name of a header, with the prefix that its format has. */
const nameIn = (header: Buffer): string => {
  const name = textIn(header.subarray(0, 100));
  if (header.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const end = header.toString('latin1', 508, 512) === 'tar\0' ? 476 : 500;
  const prefix = textIn(header.subarray(345, end));
  return prefix === '' ? name : `${prefix}/${name}`;
};

/**
 * Reads an archive as Go's `archive/tar` does, which all runtimes use: it ends at a block of zeros, a long name of GNU
 * outweighs a name of PAX, and records for all entries are left out.
 */
export const entriesOf = (archive: Buffer): ArchiveEntry[] => {
  const entries: ArchiveEntry[] = [];
  let records: ReadonlyMap<string, string> = new Map();
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let from = 0; from + blockBytes <= archive.length;) {
    const header = archive.subarray(from, from + blockBytes);
    if (header.every((byte) => byte === 0)) break;
    const type = header.toString('latin1', 156, 157);
    const isExtended = 'xgLK'.includes(type);
    const size = (isExtended ? undefined : Number(records.get('size') ?? Number.NaN)) ?? Number.NaN;
    const length = Number.isNaN(size) ? numberIn(header.subarray(124, 136)) : size;
    const content = archive.subarray(from + blockBytes, from + blockBytes + length);
    from += blockBytes + blockBytes * Math.ceil(length / blockBytes);
    if (type === 'x') records = recordsIn(content);
    else if (type === 'L') longName = textIn(content);
    else if (type === 'K') longLink = textIn(content);
    if (isExtended) continue;
    entries.push({
      name: longName ?? (records.get('path') || nameIn(header)),
      type: type === '\0' ? '0' : type,
      linkname: longLink ?? (records.get('linkpath') || textIn(header.subarray(157, 257))),
      content,
    });
    records = new Map();
    [longName, longLink] = [undefined, undefined];
  }
  return entries;
};
