/** Fields of a header of tar that no tool writes: `tar-stream` packs only archives in good order. */
export interface RawHeader {
  name: string;
  /** The letter of its type: `0` is a file, `5` a folder, `x` an extended header, `L` a long name of GNU. */
  type?: string;
  content?: string | Buffer;
  /** The size in the header, if it is not that of the content. */
  size?: string;
  link?: string;
  magic?: string;
  prefix?: string;
  /** Text at other offsets. */
  more?: Readonly<Record<number, string>>;
}

const padded = (content: Buffer): Buffer =>
  Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);

/** One header with its content. */
export const rawEntry = ({
  name,
  type = '0',
  content = '',
  size,
  link = '',
  magic = 'ustar\x0000',
  prefix = '',
  more = {},
}: RawHeader): Buffer => {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(size ?? `${bytes.length.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1');
  header.write('00000000000\0', 136);
  header.write(type, 156, 1, 'latin1');
  header.write(link, 157, 100);
  header.write(magic, 257, 8, 'latin1');
  header.write(prefix, 345, 155);
  for (const [at, text] of Object.entries(more)) header.write(text, Number(at), 'latin1');
  header.write(' '.repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, padded(bytes)]);
};

/** The body of an extended header. */
export const paxRecords = (records: Readonly<Record<string, string>>): string =>
  Object.entries(records)
    .map(([name, value]) => {
      const rest = Buffer.byteLength(` ${name}=${value}\n`);
      let length = rest + 1;
      while (String(length).length + rest !== length) length = String(length).length + rest;
      return `${length} ${name}=${value}\n`;
    })
    .join('');

export const rawPax = (records: Readonly<Record<string, string>>, type = 'x'): Buffer =>
  rawEntry({ name: 'PaxHeaders/x', type, content: paxRecords(records) });

export const archiveEnd: Buffer = Buffer.alloc(1024);

/** An archive of these pieces, with its end. */
export const rawArchive = (...pieces: readonly (RawHeader | Buffer)[]): Buffer =>
  Buffer.concat([...pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : rawEntry(piece))), archiveEnd]);
