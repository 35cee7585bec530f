import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { decodeRecords } from './decoding.ts';
import { encodeRecord } from './encoding.ts';
import { patchKafka } from './patches.ts';

patchKafka();
const kafkajs = createRequire(import.meta.url);
/** As kafkajs's own modules name them. */
const crc32C = kafkajs('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

describe('kafkajs, patched', () => {
  it('writes and reads records by ours', () => {
    expect(kafkajs('kafkajs/src/protocol/recordBatch/record/v0')).toBe(encodeRecord);
    expect(kafkajs('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')).toBe(decodeRecords);
  });

  it('begins a request small, and grows it as far as it takes', () => {
    const Encoder = kafkajs('kafkajs/src/protocol/encoder') as new () => { buf: Buffer; buffer: Buffer; writeBuffer(bytes: Buffer): unknown };
    expect(new Encoder().buf).toHaveLength(64);
    for (const size of [1, 63, 64, 65, 511, 512, 100_000]) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, n) => n % 251));
      const encoder = new Encoder();
      encoder.writeBuffer(bytes);
      encoder.writeBuffer(bytes);
      expect(encoder.buffer.equals(Buffer.concat([bytes, bytes]))).toBe(true);
    }
  });

  // RFC 3720, B.4, and the check value that catalogues of checksums give.
  it.each([
    ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes that rise', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
    ['32 bytes that fall', Buffer.from(Array.from({ length: 32 }, (_, n) => 31 - n)), 0x113fdb5c],
    ['nine digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('has the checksum of %s', (_, bytes, checksum) => {
    expect(crc32C(bytes)).toBe(checksum);
  });

  it('has the checksums that it had', () => {
    const before = kafkajs('kafkajs/src/protocol/recordBatch/crc32C/crc32C.js') as (bytes: Buffer) => number;
    for (const size of [1, 63, 64, 65, 4097, 100_000]) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, n) => (n * 31) % 256));
      expect(crc32C(bytes)).toBe(before(bytes) >>> 0);
    }
  });
});
