import { promisify } from 'node:util';
import { gunzip, zstdDecompress, type InputType } from 'node:zlib';
import { KafkaFailure } from '../client/failure.ts';

/** Compression of a batch, by its attributes (Kafka's protocol guide, "Record Batch"). */
const kinds = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const kindBits = 0x07;

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
const unzstd = (bytes: Buffer): Promise<{ readonly buffer: Buffer; readonly used: number }> =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null, found: unknown): void => {
      if (error) return reject(error);
      const { buffer, engine } = found as { buffer: Buffer; engine: { bytesWritten: number } };
      resolve({ buffer, used: engine.bytesWritten });
    };
    (zstdDecompress as (input: InputType, options: { info: true }, callback: typeof done) => void)(
      bytes,
      { info: true },
      done,
    );
  });

const unzstdAll = async (bytes: Buffer): Promise<Buffer> => {
  const frames: Buffer[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const { buffer, used } = await unzstd(rest);
    if (used === 0) throw new RangeError(`${rest.length} bytes are no frame of zstd`);
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

/** Java's snappy (xerial) writes blocks, each after its size; other libraries write a single block. */
const unsnappy = async (bytes: Buffer): Promise<Buffer> => {
  const { uncompress } = await import('snappy');
  const decode = async (block: Buffer): Promise<Buffer> => (await uncompress(block, { asBuffer: true })) as Buffer;
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

const unlz4 = async (bytes: Buffer): Promise<Buffer> => (await import('lz4-napi')).decompressFrame(bytes);

const undo: Readonly<Record<Exclude<(typeof kinds)[number], 'none'>, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: gunzipped,
  snappy: unsnappy,
  lz4: unlz4,
  zstd: unzstdAll,
};

/**
 * Decompresses the records of a batch. We write uncompressed records, but a topic's settings may make its brokers
 * compress them.
 * @throws KafkaFailure (`kafka-codec`) for an unknown codec, and any error of damaged bytes
 */
export const decompressed = (bytes: Buffer, attributes: number): Buffer | Promise<Buffer> => {
  const kind = kinds[attributes & kindBits];
  if (kind === 'none') return bytes;
  if (kind === undefined) throw unreadable(`codec ${attributes & kindBits}`);
  return undo[kind](bytes).catch((error: unknown) => {
    throw (error as { code?: unknown }).code === 'MODULE_NOT_FOUND' ||
      (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND'
      ? unreadable(`there is no ${kind} for this machine`)
      : error;
  });
};
