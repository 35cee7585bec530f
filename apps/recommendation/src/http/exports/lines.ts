import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';

/** A client that takes nothing for so long is gone. */
const stallMs = 60_000;

/** A body that is written line by line, no faster than the client takes it. */
export interface WrittenBody {
  readonly body: Readable;
  /** The first lines are there, or there are none. Rejects if writing failed before. */
  readonly begun: Promise<void>;
  /** Resolves when everything was written, or when the client is gone. Never throws. */
  readonly ended: Promise<void>;
}

/**
 * Runs work that writes lines. If it fails after its first lines, the body breaks off, and so does the connection.
 *
 * @param work writes; the promise of a write resolves when the client wants more, and rejects when it is gone
 * @param options `closed` aborts when the client is gone; `failed` receives any other failure after the first lines
 */
export const linesOf = (
  work: (write: (lines: string | Uint8Array) => Promise<void>) => Promise<void>,
  { closed, failed, patienceMs = stallMs, bytes = 1 << 20 }: Ending,
): WrittenBody => {
  const body = new PassThrough({ highWaterMark: bytes });
  // Without a reader of its own, an error of the body would end the process.
  body.on('error', () => undefined);
  const begun = Promise.withResolvers<void>();
  begun.promise.catch(() => undefined);
  let [hasBegun, isGone] = [false, false];
  const write = async (lines: string | Uint8Array): Promise<void> => {
    hasBegun = true;
    begun.resolve();
    try {
      closed.throwIfAborted();
      if (body.write(lines)) return;
      await once(body, 'drain', { signal: AbortSignal.any([closed, AbortSignal.timeout(patienceMs)]) });
    } catch (error) {
      isGone = true;
      throw error;
    }
  };
  const ended = work(write).then(
    () => {
      begun.resolve();
      body.end();
    },
    (error: unknown) => {
      begun.reject(error);
      body.destroy(error instanceof Error ? error : new Error(String(error)));
      if (!isGone && hasBegun) failed(error);
    },
  );
  return { body, begun: begun.promise, ended };
};

interface Ending {
  readonly closed: AbortSignal;
  readonly failed: (error: unknown) => void;
  /** A client that takes nothing for so long is gone, ms. */
  readonly patienceMs?: number;
  /** Bytes that are kept for a client that does not take them. */
  readonly bytes?: number;
}
