import { promisify } from 'node:util';
import { gunzip, zstdDecompress, type InputType } from 'node:zlib';
import { KafkaFailure } from '../client/failure.ts';
import { kinds, type BatchKind } from './batch-header.ts';

const kindBits = 0x07;

/**
 * Most bytes of the records of a batch, decompressed: those of one send (`appender.ts`), and as much again for a single
 * record of the largest size with its framing.
 */
export const maxBatchBytes = 2 ** 20 + 700_000;

const tooLarge = (): RangeError => new RangeError(`its batch has more than ${maxBatchBytes} bytes, decompressed`);

/** The batch has a compression that cannot be decoded here. */
const unreadable = (description: string): KafkaFailure =>
  new KafkaFailure(
    'kafka-codec',
    `the next records of Kafka are compressed in an unsupported way: ${description}`,
    'set compression.type=producer for the topic, and write to it with gzip, snappy, lz4 or zstd only ' +
      '(docs/operations.md, "Compression")',
  );

const gunzipped = promisify(gunzip);

/** Node stops silently after the first of several frames, so the number of bytes consumed matters. */
const unzstd = (bytes: Buffer, most: number): Promise<{ readonly buffer: Buffer; readonly used: number }> =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null, found: unknown): void => {
      if (error) return reject(error);
      const { buffer, engine } = found as { buffer: Buffer; engine: { bytesWritten: number } };
      resolve({ buffer, used: engine.bytesWritten });
    };
    (
      zstdDecompress as (
        input: InputType,
        options: { readonly info: true; readonly maxOutputLength: number },
        callback: typeof done,
      ) => void
    )(bytes, { info: true, maxOutputLength: most }, done);
  });

const unzstdAll = async (bytes: Buffer): Promise<Buffer> => {
  const frames: Buffer[] = [];
  let left = maxBatchBytes;
  for (let rest = bytes; rest.length > 0;) {
    // Node takes no limit of 0.
    const { buffer, used } = await unzstd(rest, Math.max(left, 1));
    if (used === 0) throw new RangeError(`${rest.length} bytes are no frame of zstd`);
    left -= buffer.length;
    if (left < 0) throw tooLarge();
    frames.push(buffer);
    rest = rest.subarray(used);
  }
  const [first, ...others] = frames;
  return first && others.length === 0 ? first : Buffer.concat(frames);
};

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** The magic is followed by a version and a minimum version, which are both 1 and ignored. */
const xerialHeader = 16;
const sizeBytes = 4;

/** A block of snappy begins with its decompressed size: 7 bits per byte, the lowest first. */
const snappySize = (block: Buffer): number => {
  let size = 0;
  for (const [index, byte] of block.subarray(0, 5).entries()) {
    size += (byte & 127) * 2 ** (7 * index);
    if (byte < 128) break;
  }
  return size;
};

/** Java's snappy (xerial) writes blocks, each after its size; other libraries write a single block. */
const unsnappy = async (bytes: Buffer): Promise<Buffer> => {
  const { uncompress } = await import('snappy');
  let left = maxBatchBytes;
  const decode = async (block: Buffer): Promise<Buffer> => {
    left -= snappySize(block);
    if (left < 0) throw tooLarge();
    return (await uncompress(block, { asBuffer: true })) as Buffer;
  };
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return decode(bytes);
  const blocks: Buffer[] = [];
  for (let at = xerialHeader; at < bytes.length;) {
    const from = at + sizeBytes;
    at = from + bytes.readUInt32BE(at);
    if (at > bytes.length) throw new RangeError(`a block of snappy lacks ${at - bytes.length} bytes`);
    blocks.push(await decode(bytes.subarray(from, at)));
  }
  return Buffer.concat(blocks);
};

/** Its library has no limit. A byte of lz4 has at most 255 bytes decompressed, so a batch of 1 MiB ends, too. */
const unlz4 = async (bytes: Buffer): Promise<Buffer> => {
  const all = await (await import('lz4-napi')).decompressFrame(bytes);
  if (all.length > maxBatchBytes) throw tooLarge();
  return all;
};

const undo: Readonly<Record<Exclude<BatchKind, 'none'>, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: (bytes) => gunzipped(bytes, { maxOutputLength: maxBatchBytes }),
  snappy: unsnappy,
  lz4: unlz4,
  zstd: unzstdAll,
};

/**
 * Decompresses the records of a batch. We write zstd or nothing, but a topic's settings may make its brokers compress
 * otherwise.
 * @throws KafkaFailure (`kafka-codec`) for an unknown codec, a RangeError for more than `maxBatchBytes`, and any error
 * of damaged bytes
 */
export const decompressed = (bytes: Buffer, attributes: number): Buffer | Promise<Buffer> => {
  const kind = kinds[attributes & kindBits];
  if (kind === 'none') return bytes;
  if (kind === undefined) throw unreadable(`codec ${attributes & kindBits}`);
  return undo[kind](bytes).catch((error: unknown) => {
    switch ((error as { code?: unknown }).code) {
      case 'MODULE_NOT_FOUND':
      case 'ERR_MODULE_NOT_FOUND':
        throw unreadable(`there is no ${kind} for this machine`);
      case 'ERR_BUFFER_TOO_LARGE':
        throw tooLarge();
      default:
        throw error;
    }
  });
};
