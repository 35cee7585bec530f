import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { MadeLayer } from './image.ts';

interface Header {
  readonly name: string;
  readonly type?: string;
  readonly size?: number | bigint;
  /** Bytes that overwrite the header from an offset on. */
  readonly over?: readonly (readonly [number, Buffer])[];
}

/** A number in tar's format: octal, or base 256 if octal has no room for it. */
const numeral = (value: bigint): Buffer => {
  if (value < 8n ** 11n) return Buffer.from(`${value.toString(8).padStart(11, '0')}\0`);
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(value, 4);
  bytes[0] = 0x80;
  return bytes;
};

/** A header made by hand, for content that no honest archiver writes. */
export const header = ({ name, type = '0', size = 0, over = [] }: Header): Buffer => {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0, 'utf8');
  block.write('0000644\0' + '0000000\0'.repeat(2), 100, 'latin1');
  numeral(BigInt(size)).copy(block, 124);
  block.write('00000000000\0', 136, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  for (const [at, bytes] of over) bytes.copy(block, at);
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(
    `${block
      .reduce((total, byte) => total + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return block;
};

const padded = (content: Buffer): Buffer =>
  Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
export const file = (name: string, content: string | Buffer): Buffer =>
  Buffer.concat([header({ name, size: Buffer.byteLength(content) }), padded(Buffer.from(content))]);
export const end = Buffer.alloc(1024);

/** Records of an extended header. */
export const pax = (records: Readonly<Record<string, string>>): Buffer => {
  const content = Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = Buffer.byteLength(rest) + 1;
      while (Buffer.byteLength(rest) + String(length).length !== length) length += 1;
      return Buffer.from(`${length}${rest}`);
    }),
  );
  return Buffer.concat([header({ name: 'pax', type: 'x', size: content.length }), padded(content)]);
};

const mebibyte = 2 ** 20;

/**
 * Parts of a stream that may repeat often: each is compressed once, however much it unpacks to. Never held unpacked.
 */
export interface TarPart {
  readonly bytes: Buffer;
  readonly times?: number;
}

/** A layer of gzip members. Nothing is ever held unpacked, and compression does not block other work. */
export const layerOfParts = async (...parts: readonly TarPart[]): Promise<MadeLayer> => {
  const hash = createHash('sha256');
  const members: Buffer[] = [];
  for (const { bytes, times = 1 } of parts) {
    const member = gzipSync(bytes, { level: bytes.length > mebibyte ? 1 : 6 });
    for (let time = 0; time < times; time += 1) {
      hash.update(bytes);
      members.push(member);
      if (bytes.length > mebibyte) await setImmediate();
    }
  }
  return { blob: Buffer.concat(members), diffId: `sha256:${hash.digest('hex')}` };
};

/** This many MiB of one byte, in pieces of 16 MiB. */
export const filledWith = (byte: string | number, mebibytes: number): TarPart => ({
  bytes: Buffer.alloc(16 * mebibyte, byte as string),
  times: Math.ceil(mebibytes / 16),
});

/** A tar that is complete except for its end. */
export const unended = (tar: Buffer): Buffer => tar.subarray(0, tar.length - 1024);
