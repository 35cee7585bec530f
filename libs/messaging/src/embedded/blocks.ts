import { unreadableHeader } from '@assay/events';
import { largestRecordBytes, type NewRecord } from '../log.ts';
import { unzstd, zstdOf } from '../zstd.ts';

/** A record as it stands in a block: the block has topic, partition and offset. */
export type BlockRecord = Pick<NewRecord, 'key' | 'headers' | 'value'>;

/** Starts another block at this size. A reader of one record reads all of its block. */
const blockLength = 256 * 1024;
/** More than the text of a block can have. */
const largestBlockBytes = 2 * largestRecordBytes;
/** Of a block. Below it there is little to save. */
const compressedFromBytes = 256;

/** A record among those of an append. */
interface Indexed {
  readonly record: NewRecord;
  readonly index: number;
}

/** The records of an append by blocks: those of one partition together, in order, as far as their size allows. */
export const blocksOf = (records: readonly NewRecord[]): readonly (readonly Indexed[])[] => {
  const blocks: Indexed[][] = [];
  const open = new Map<string, { readonly block: Indexed[]; length: number }>();
  records.forEach((record, index) => {
    const partition = `${record.topic}/${record.partition}`;
    let last = open.get(partition);
    if (last === undefined || last.length + record.value.length > blockLength) {
      last = { block: [], length: 0 };
      open.set(partition, last);
      blocks.push(last.block);
    }
    last.block.push({ record, index });
    last.length += record.value.length;
  });
  return blocks;
};

/** The text of a block: a line with key, headers and length of each record as JSON, and behind it their values. */
export const textOf = (records: readonly BlockRecord[]): string =>
  `${JSON.stringify(records.map(({ key, headers, value }) => [key, headers, value.length]))}\n` +
  records.map(({ value }) => value).join('');

/** Compresses the text of a block. Undefined if it is kept as it is. */
export const compressed = (text: string, dictionary: Buffer | undefined): Buffer | undefined =>
  zstdOf(text, { from: compressedFromBytes, dictionary })?.bytes;

const isHeaders = (headers: unknown): headers is Record<string, string> =>
  typeof headers === 'object' &&
  headers !== null &&
  !Array.isArray(headers) &&
  Object.values(headers).every((header) => typeof header === 'string');

/**
 * Reads the records of a block. Only Assay writes blocks, but a file may be repaired by hand or damaged. A record
 * without valid headers is still a record: its reader sets it aside, and the start succeeds.
 *
 * @throws if the block cannot be decompressed or has no such records
 */
export const recordsIn = (content: unknown, count: number, dictionary: Buffer | undefined): readonly BlockRecord[] => {
  const text =
    content instanceof Uint8Array ? unzstd(content, largestBlockBytes, dictionary).toString() : String(content);
  const end = text.indexOf('\n');
  const heads = JSON.parse(text.slice(0, Math.max(end, 0))) as [key: unknown, headers: unknown, length: number][];
  if (heads.length !== count) throw new Error(`${heads.length} records instead of ${count}`);
  let from = end + 1;
  return heads.map(([key, headers, length]) => ({
    key: String(key),
    headers: isHeaders(headers)
      ? headers
      : { [unreadableHeader]: `its headers are no JSON object of texts: ${JSON.stringify(headers).slice(0, 500)}` },
    value: text.slice(from, (from += length)),
  }));
};
