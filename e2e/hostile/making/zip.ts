import { constants, crc32, deflateRawSync, type ZlibOptions } from 'node:zlib';

/** A file of a zip as it is stored. */
export interface Packed {
  readonly bytes: Buffer;
  readonly crc: number;
  readonly size: number;
}

const mebibyte = 2 ** 20;

export const packed = (content: string | Buffer): Packed => ({
  bytes: deflateRawSync(content),
  crc: crc32(content),
  size: Buffer.byteLength(content),
});

/** This many MiB of zeros, which are compressed piece by piece and never held as a whole. */
export const packedZeros = (mebibytes: number): Packed => {
  const piece = Buffer.alloc(16 * mebibyte);
  const flushed: ZlibOptions = { finishFlush: constants.Z_FULL_FLUSH };
  const bytes = deflateRawSync(piece, flushed);
  let crc = 0;
  const times = Math.ceil(mebibytes / 16);
  for (let time = 0; time < times; time += 1) crc = crc32(piece, crc);
  return {
    bytes: Buffer.concat([Buffer.alloc(bytes.length * times, bytes), deflateRawSync('')]),
    crc,
    size: piece.length * times,
  };
};

const local = (name: string, { bytes, crc, size }: Packed): Buffer => {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(crc, 14);
  head.writeUInt32LE(bytes.length, 18);
  head.writeUInt32LE(size, 22);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, Buffer.from(name), bytes]);
};

const central = (name: string, { bytes, crc, size }: Packed, offset: number): Buffer => {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(20, 6);
  head.writeUInt16LE(8, 10);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(bytes.length, 20);
  head.writeUInt32LE(size, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt32LE(offset, 42);
  return Buffer.concat([head, Buffer.from(name)]);
};

interface Claims {
  /** How often the directory names each file, always the same bytes. */
  readonly times?: number;
  /** The number of entries that the end of the archive claims. */
  readonly entries?: number;
  /** The size that the directory claims for each file. */
  readonly size?: number;
}

/** A zip, valid unless the options change it. */
export const zipOf = (
  files: Readonly<Record<string, Packed>>,
  { times = 1, entries: promised, size }: Claims = {},
): Buffer => {
  const stored: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const claimed = size === undefined ? content : { ...content, size };
    for (let time = 0; time < times; time += 1)
      directory.push(central(time === 0 ? name : `${time}/${name}`, claimed, offset));
    stored.push(local(name, content));
    offset += stored.at(-1)!.length;
  }
  const listed = Buffer.concat(directory);
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50, 0);
  const count = Math.min(promised ?? directory.length, 0xffff);
  last.writeUInt16LE(count, 8);
  last.writeUInt16LE(count, 10);
  last.writeUInt32LE(listed.length, 12);
  last.writeUInt32LE(offset, 16);
  return Buffer.concat([...stored, listed, last]);
};
