import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServerResponse } from 'node:http';

/** A body that continues as long as a client reads it; never held as a whole. */
export class Endless {
  /** Bytes that were read of it. */
  bytes = 0;
  closed = false;

  constructor(
    private readonly piece: Buffer,
    private readonly most = Number.POSITIVE_INFINITY,
  ) {}

  into(response: ServerResponse): void {
    void pipeline(Readable.from(this.#pieces()), response)
      .catch(() => undefined)
      .finally(() => {
        this.closed = true;
      });
  }

  *#pieces(): Generator<Buffer> {
    for (; this.bytes < this.most; this.bytes += this.piece.length) yield this.piece;
  }
}

/** Sends one byte at a time. */
export const dripInto = (response: ServerResponse, everyMs = 1000): void => {
  const timer = setInterval(() => response.write('x'), everyMs);
  response.on('close', () => clearInterval(timer)).on('error', () => undefined);
};
