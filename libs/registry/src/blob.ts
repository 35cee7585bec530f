import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { counted, type LeastSpeed } from './bodies.ts';
import type { Descriptor } from './descriptor.ts';
import { RegistryError } from './error.ts';
import type { Answer } from './transport.ts';

/** Readable by everybody: the sandbox runs as another user, and a scanner that cannot read says nothing at all. */
export const fileMode = 0o644;
export const directoryMode = 0o755;

/** Refuses early what announces itself as longer or shorter than declared. */
const checkAnnounced = ({ headers }: Answer, declared: number): void => {
  const announced = headers['content-length'];
  if (announced === undefined || Number(announced) === declared) return;
  throw Number(announced) > declared
    ? new RegistryError('too-large', `a blob longer than its declared ${declared} bytes`)
    : new RegistryError('digest-mismatch', `a blob shorter than its declared ${declared} bytes`);
};

/**
 * A blob that is written into a new file as it comes, never decompressed, every byte counted and hashed. What broke off
 * goes on where it was, with whoever says that he does; its digest tells at the end whether it is one blob after all.
 */
export class ArrivingBlob {
  #hash = createHash('sha256');
  #file: FileHandle | undefined;
  #written = 0;
  #etag: string | undefined;
  #cuts = 0;
  #isResumed = false;
  /** Whether its parts fitted together so far. */
  #hasFitted = true;

  constructor(
    private readonly blob: Descriptor,
    private readonly path: string,
    private readonly least: LeastSpeed,
  ) {}

  /** Of so many answers, one after the other, the connection was cut before their end. */
  get cuts(): number {
    return this.#cuts;
  }

  get written(): number {
    return this.#written;
  }

  /** What to ask for: all of it, or the rest. A weak tag says nothing of bytes. */
  get headers(): Readonly<Record<string, string>> {
    if (this.#written === 0 || !this.#hasFitted) return {};
    return { range: `bytes=${this.#written}-`, ...(this.#etag?.startsWith('"') ? { 'if-range': this.#etag } : {}) };
  }

  /**
   * Writes down what an answer brings, behind what is there where it says that it is the rest; else from the beginning.
   *
   * @returns the digest of what was written
   * @throws RegistryError where it broke off (`unreachable`), or is not what was declared
   */
  async take(answer: Answer, onBytes: (bytes: number) => void): Promise<string> {
    if (!this.#isRest(answer)) await this.#anew();
    const { size, digest } = this.blob;
    checkAnnounced(answer, size - this.#written);
    this.#etag = [answer.headers.etag].flat()[0];
    // Exclusive: whatever lies there already, a link even, is never written through.
    const file = (this.#file ??= await open(this.path, 'wx', fileMode));
    for await (const piece of this.#pieces(answer)) {
      this.#hash.update(piece);
      await file.writeFile(piece);
      this.#written += piece.length;
      onBytes(piece.length);
    }
    if (this.#written < size)
      throw new RegistryError('digest-mismatch', `a blob shorter than its declared ${size} bytes`);
    await file.chmod(fileMode);
    const computed = `sha256:${this.#hash.digest('hex')}`;
    if (computed !== digest)
      throw this.#isResumed
        ? this.#unfitting()
        : new RegistryError('digest-mismatch', 'a blob is not what its digest says');
    return computed;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async *#pieces({ body }: Answer): AsyncGenerator<Buffer> {
    try {
      yield* counted(body, this.blob.size - this.#written, this.least);
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'unreachable') this.#cuts += 1;
      throw error;
    }
  }

  #isRest({ status, headers }: Answer): boolean {
    if (this.#written === 0 || status !== 206) return false;
    const range = [headers['content-range']].flat()[0] ?? '';
    if (!range.startsWith(`bytes ${this.#written}-`)) throw this.#unfitting();
    return (this.#isResumed = true);
  }

  /** It may be the parts and not the blob: from here on it is asked for as a whole. */
  #unfitting(): RegistryError {
    this.#hasFitted = false;
    return new RegistryError('unreachable', 'the rest of a blob did not fit what was there');
  }

  async #anew(): Promise<void> {
    await this.#file?.truncate(0);
    await this.#file?.close();
    this.#file = this.#file && (await open(this.path, 'r+'));
    this.#hash = createHash('sha256');
    this.#written = 0;
    this.#isResumed = false;
  }
}
