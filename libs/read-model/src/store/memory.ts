import { totalmem } from 'node:os';
import { SettingError } from '@assay/settings';

/** The memory that this process may use. */
export interface ProcessMemory {
  readonly megabytes: number;
  readonly limitedBy: 'control group' | 'machine';
}

/** The memory of the read model. */
export interface ReadModelShare {
  readonly megabytes: number;
  /** One line for an operator: how much, and of what. */
  readonly line: string;
}

/**
 * Reads the limit of the control group (version 2: `memory.max`; version 1: `memory.limit_in_bytes`), else the memory
 * of the machine. Source: `process.constrainedMemory` of Node, which is libuv's `uv_get_constrained_memory`.
 *
 * @param limit bytes; 0 if unknown, and far more than any machine has if there is none
 * @param machine bytes
 */
export const processMemory = (limit = process.constrainedMemory(), machine = totalmem()): ProcessMemory =>
  limit > 0 && limit < machine
    ? { megabytes: megabytesOf(limit), limitedBy: 'control group' }
    : { megabytes: megabytesOf(machine), limitedBy: 'machine' };

const megabytesOf = (bytes: number): number => Math.floor(bytes / 2 ** 20);

/**
 * DuckDB takes up to twice what it counts (ADR 24). The process for queries takes up to 800 MB, and Node some 400. All
 * of that fits into 2 GB with this part of it.
 */
const part = 5;
/** Beyond this, more memory makes no answer faster: the system caches the file, too. */
const most = 4096;
/** Below this, DuckDB cannot open a file of a few findings. */
export const leastMegabytes = 64;

/**
 * Divides the memory of the process.
 *
 * @param given megabytes, by `ASSAY_VIEW_MB`
 * @throws SettingError if the process has too little for the read model
 */
export const readModelShare = (given: number | undefined, memory = processMemory()): ReadModelShare => {
  const { megabytes: all, limitedBy } = memory;
  const ofAll = `the ${all} MB of its ${limitedBy}`;
  if (given !== undefined) {
    if (given > all)
      throw new SettingError(
        `ASSAY_VIEW_MB ${given} is more than ${ofAll}: set about a fifth of that, or give the process more memory`,
      );
    return { megabytes: given, line: `the read model uses at most ${given} MB (ASSAY_VIEW_MB), of ${ofAll}` };
  }
  const share = Math.min(most, Math.floor(all / part));
  if (share < leastMegabytes)
    throw new SettingError(
      `ASSAY_VIEW_MB is not set, and a fifth of ${ofAll} is too little for the read model: give the process at least ` +
        `${leastMegabytes * part} MB, or set ASSAY_VIEW_MB to ${leastMegabytes} or more`,
    );
  return {
    megabytes: share,
    line:
      `the read model uses at most ${share} MB, ` +
      `${share === most ? `of ${ofAll}` : `a fifth of ${ofAll}`}; ASSAY_VIEW_MB changes that`,
  };
};
