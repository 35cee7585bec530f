import type { Dispatcher } from 'undici';
import { asRegistryError, RegistryError } from '../error.ts';

export type Body = Dispatcher.ResponseData['body'];

/** Abandons an answer. The connection closes if much of the body is still outstanding. */
export const discard = (body: Body): void => void body.on('error', () => undefined).destroy();

/** Limits slow transfers: one byte now and then would otherwise hold a slot until the deadline. */
export interface LeastSpeed {
  readonly bytesPerSecond: number;
  /** The window over which the speed is measured, ms. A shorter pause is allowed. */
  readonly overMs: number;
  /** Called after each window with the bytes that are still to come at most. An error ends the transfer. */
  readonly late?: (remaining: number) => RegistryError | undefined;
}

/**
 * Yields a body in pieces. Counts the bytes received, regardless of the declared length, and stops at the first byte
 * beyond `most`. Buffers nothing, so an endless body costs no memory.
 */
export async function* counted(body: Body, most: number, least: LeastSpeed): AsyncGenerator<Buffer> {
  let bytes = 0;
  let before = 0;
  const watch = setInterval(() => {
    const isSlow = bytes - before < (least.bytesPerSecond * least.overMs) / 1000;
    const error = isSlow ? new RegistryError('timeout', 'the transfer is too slow') : least.late?.(most - bytes);
    if (error) body.destroy(error);
    before = bytes;
  }, least.overMs);
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > most) throw new RegistryError('too-large', `more than ${most} bytes`);
      yield piece;
    }
  } catch (error) {
    throw asRegistryError(error);
  } finally {
    clearInterval(watch);
    discard(body);
  }
}

/** Reads a small body completely. */
export const gathered = async (body: Body, most: number, least: LeastSpeed): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of counted(body, most, least)) pieces.push(piece);
  return Buffer.concat(pieces);
};
