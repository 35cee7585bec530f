import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { counted, type LeastSpeed } from '../access/bodies.ts';
import type { Descriptor } from './descriptor.ts';
import { RegistryError } from '../error.ts';
import { isDigest } from '../names.ts';
import type { RegistryResponse } from '../access/transport.ts';

/** World-readable, because the sandbox runs as another user and a scanner that cannot read a file reports no error. */
export const fileMode = 0o644;
export const directoryMode = 0o755;

/** Refuses an answer early if its Content-Length differs from the declared size. */
const checkAnnounced = ({ headers }: RegistryResponse, declared: number): void => {
  const announced = headers['content-length'];
  if (announced === undefined || Number(announced) === declared) return;
  throw Number(announced) > declared
    ? new RegistryError('too-large', `a blob longer than its declared ${declared} bytes`)
    : new RegistryError('digest-mismatch', `a blob shorter than its declared ${declared} bytes`);
};

/**
 * Writes a blob into a new file as it arrives. The blob is never decompressed; every byte is counted and hashed. After
 * a cut connection the download resumes at the same offset, if the registry answers with that range. The digest at the
 * end shows whether the parts belong to one blob.
 */
export class ArrivingBlob {
  #hash = createHash('sha256');
  /** Of a blob with a digest by SHA-512. */
  #declared = createHash('sha512');
  #file: FileHandle | undefined;
  #written = 0;
  #etag: string | undefined;
  #cuts = 0;
  #isResumed = false;
  /** Whether the parts have fitted together so far. */
  #hasFitted = true;

  constructor(
    private readonly blob: Descriptor,
    private readonly path: string,
    private readonly least: LeastSpeed,
  ) {}

  /** Counts the answers whose connection was cut before the end. */
  get cuts(): number {
    return this.#cuts;
  }

  get written(): number {
    return this.#written;
  }

  /** Headers of the next request: none for the whole blob, a range for the rest. Weak ETags do not identify bytes. */
  get headers(): Readonly<Record<string, string>> {
    if (this.#written === 0 || !this.#hasFitted) return {};
    return { range: `bytes=${this.#written}-`, ...(this.#etag?.startsWith('"') ? { 'if-range': this.#etag } : {}) };
  }

  /**
   * Writes the body of an answer: appends it if the answer is the requested rest, else starts over.
   *
   * @returns the sha256 digest of the file, also if its declared digest is by SHA-512
   * @throws RegistryError `unreachable` if the connection was cut; other codes if the bytes are not those declared
   */
  async take(answer: RegistryResponse, onBytes: (bytes: number) => void): Promise<string> {
    if (!this.#isRest(answer)) await this.#restart();
    const { size, digest } = this.blob;
    checkAnnounced(answer, size - this.#written);
    this.#etag = [answer.headers.etag].flat()[0];
    // Exclusive: an existing file or symbolic link at the path is never written through.
    const file = (this.#file ??= await open(this.path, 'wx', fileMode));
    for await (const piece of this.#pieces(answer)) {
      this.#hash.update(piece);
      if (!isDigest(digest)) this.#declared.update(piece);
      await file.writeFile(piece);
      this.#written += piece.length;
      onBytes(piece.length);
    }
    if (this.#written < size)
      throw new RegistryError('digest-mismatch', `a blob shorter than its declared ${size} bytes`);
    await file.chmod(fileMode);
    const computed = `sha256:${this.#hash.digest('hex')}`;
    if ((isDigest(digest) ? computed : `sha512:${this.#declared.digest('hex')}`) !== digest)
      throw this.#isResumed
        ? this.#unfitting()
        : new RegistryError('digest-mismatch', 'a blob is not what its digest says');
    return computed;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async *#pieces({ body }: RegistryResponse): AsyncGenerator<Buffer> {
    try {
      yield* counted(body, this.blob.size - this.#written, this.least);
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'unreachable') this.#cuts += 1;
      throw error;
    }
  }

  #isRest({ status, headers }: RegistryResponse): boolean {
    if (this.#written === 0 || status !== 206) return false;
    const range = [headers['content-range']].flat()[0] ?? '';
    if (!range.startsWith(`bytes ${this.#written}-`)) throw this.#unfitting();
    return (this.#isResumed = true);
  }

  /** The parts may be wrong rather than the blob, so from now on the whole blob is requested. */
  #unfitting(): RegistryError {
    this.#hasFitted = false;
    return new RegistryError('unreachable', 'the rest of a blob did not fit what was there');
  }

  async #restart(): Promise<void> {
    await this.#file?.truncate(0);
    await this.#file?.close();
    this.#file = this.#file && (await open(this.path, 'r+'));
    this.#hash = createHash('sha256');
    this.#declared = createHash('sha512');
    this.#written = 0;
    this.#isResumed = false;
  }
}
