import { unzstd, zstdOf } from '@assay/messaging';

/**
 * Most bytes of a state as text. A result of an image has at most 32 MiB (docs/adr/0020), a state holds a few of them,
 * and JavaScript has no string of 512 MiB.
 */
const maxStateBytes = 2 ** 28;

/** A state that no store takes, or that a store holds in a form that cannot be read. */
class StateUnusable extends Error {
  constructor(
    readonly code: 'state-too-large' | 'state-damaged',
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** A state as zstd, beside its length as text in bytes. */
export interface CompressedState {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * Compresses a large state.
 * @returns nothing for a state that stays text
 * @throws StateUnusable (`state-too-large`)
 */
export const compressed = (key: string, state: string): CompressedState | undefined => {
  const small = zstdOf(state);
  if (small && small.length > maxStateBytes)
    throw new StateUnusable(
      'state-too-large',
      `the state of ${key} has ${small.length} bytes, and a store takes ${maxStateBytes}`,
      'report it: no event should make such a state',
    );
  return small;
};

/**
 * The text of a compressed state. Takes no more memory than the length beside it names.
 * @throws StateUnusable (`state-damaged`)
 */
export const decompressed = (key: string, { bytes, length }: CompressedState): string => {
  try {
    if (!(length > 0 && length <= maxStateBytes)) throw new RangeError(`its length is given as ${length} bytes`);
    const text = unzstd(bytes, length);
    if (text.length !== length) throw new RangeError(`it has ${text.length} bytes instead of ${length}`);
    return text.toString();
  } catch (error) {
    throw new StateUnusable(
      'state-damaged',
      `the stored state of ${key} cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`,
      'empty the store of the service: it is filled again from the log',
    );
  }
};
