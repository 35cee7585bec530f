import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Fewer bytes are kept as they are: zstd would cost as much time as all other work on an event (docs/adr/0042). */
export const compressedFromBytes = 4096;

/** With a checksum, as nothing else would notice a changed byte. */
const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };

interface Compression {
  /** Fewer bytes are kept as they are. */
  readonly from?: number;
  readonly dictionary?: Buffer | undefined;
}

/** @returns nothing for a text that is kept as it is */
export const zstdOf = (
  text: string,
  { from = compressedFromBytes, dictionary }: Compression = {},
): { readonly bytes: Buffer; readonly length: number } | undefined => {
  // A character of UTF-16 has at most three bytes of UTF-8.
  if (text.length * 3 < from) return undefined;
  const bytes = Buffer.from(text);
  return bytes.length < from
    ? undefined
    : {
        bytes: zstdCompressSync(bytes, { params, pledgedSrcSize: bytes.length, ...(dictionary && { dictionary }) }),
        length: bytes.length,
      };
};

const zstdLater = promisify(zstdCompress);

/** Compresses off the main thread. */
export const zstdOfBytes = (bytes: Buffer): Promise<Buffer> => zstdLater(bytes, { params });

/**
 * Decompresses one frame.
 * @param most bytes of the text
 * @param dictionary the one against which it was compressed
 * @throws RangeError or an error of zlib if the bytes are damaged, or unfold to more
 */
export const unzstd = (bytes: Uint8Array, most: number, dictionary?: Buffer): Buffer =>
  zstdDecompressSync(bytes, { maxOutputLength: most, ...(dictionary && { dictionary }) });
