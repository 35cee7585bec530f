import type { LogRecord } from '@assay/messaging';

const mostBytes = 4 << 20;

/** Splits a batch that is too big for one transaction: a page of findings has up to 256 KiB. */
export const slicesOf = (records: readonly LogRecord[]): (readonly LogRecord[])[] => {
  const slices: LogRecord[][] = [];
  let slice: LogRecord[] | undefined;
  let left = 0;
  for (const record of records) {
    if (!slice || record.value.length > left) {
      slice = [];
      slices.push(slice);
      left = mostBytes;
    }
    slice.push(record);
    left -= record.value.length;
  }
  return slices;
};

export const bytesOf = (records: readonly LogRecord[]): number =>
  records.reduce((sum, { value }) => sum + value.length, 0);
