import { createHash } from 'node:crypto';
import { Readable, pipeline, type Transform } from 'node:stream';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { present } from '@assay/events';
import {
  areaNamed,
  BlobFailure,
  blobNamed,
  blobOf,
  namedBlob,
  pointerNamed,
  type BlobForm,
  type BlobPointer,
  type ContentSource,
  type BlobStore,
  type ListedBlob,
  type StoredBlob,
} from './blobs.ts';

/** More does not fit into one text of V8. Streams have no limit. */
const mostWhole = 512 * 2 ** 20;

/** Leads a source through a transformation. An error of either ends both. */
const through = (source: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterable<Uint8Array> =>
  pipeline(Readable.from(source), transform, () => undefined);

/** Content on its way into a store, in the form in which it is stored. */
export class Content {
  constructor(
    private readonly source: ContentSource,
    private readonly form: BlobForm,
    private known?: StoredBlob,
  ) {}

  static of(bytes: Buffer, form: BlobForm): Content {
    // An empty piece would be taken for the end of an upload.
    const pieces = bytes.length > 0 ? [bytes] : [];
    return new Content(() => Readable.from(pieces), form, blobOf(bytes, form));
  }

  /** The name of the blob. It is known before the first reading, or after it. */
  get blob(): StoredBlob | undefined {
    return this.known;
  }

  /** The name of the blob, for a store that must know it before it writes. */
  async named(): Promise<StoredBlob> {
    if (!this.known) for await (const _ of this.#hashed());
    return present(this.known, 'name of the content');
  }

  /**
   * Reads the content from its beginning, as it is to be stored.
   * @throws BlobFailure after the last piece if it is not the content that was read before
   */
  read(): AsyncIterable<Uint8Array> {
    return this.form.compressed ? through(this.#hashed(), createZstdCompress()) : this.#hashed();
  }

  async *#hashed(): AsyncIterable<Uint8Array> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of this.source()) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
    const found = blobNamed(hash.digest('hex'), bytes, this.form);
    if (this.known && this.known.dataref !== found.dataref)
      throw new BlobFailure('blob-damaged', `what was to be stored as ${this.known.dataref} changed meanwhile`);
    this.known = found;
  }
}

/** Names, compresses and verifies blobs. An adapter keeps bytes under the names that it is given. */
export abstract class ContentBlobs implements BlobStore {
  abstract ready(): Promise<void>;
  abstract clearUnfinished(before: number): Promise<number>;

  /** Stores content durably under its name, all or nothing. */
  protected abstract write(content: Content): Promise<void>;
  /** Reads stored bytes. @throws BlobFailure `blob-unknown` if there are none */
  protected abstract read(dataref: string): AsyncIterable<Uint8Array>;
  protected abstract listed(area: string): AsyncIterable<ListedBlob>;
  protected abstract renewed(dataref: string): Promise<boolean>;
  protected abstract deleted(dataref: string, unmodifiedSince: number): Promise<boolean>;
  protected abstract pointed(name: string): Promise<BlobPointer | undefined>;
  protected abstract repointed(name: string, value: string, over: string | undefined): Promise<BlobPointer | undefined>;

  async put(bytes: Buffer, form: BlobForm = {}): Promise<StoredBlob> {
    return this.#store(Content.of(bytes, form));
  }

  async putStream(source: ContentSource, form: BlobForm = {}): Promise<StoredBlob> {
    areaNamed(form.area ?? 'sha256');
    return this.#store(new Content(source, form));
  }

  async #store(content: Content): Promise<StoredBlob> {
    await this.write(content);
    return content.named();
  }

  async get(dataref: string, mostBytes = mostWhole): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.getStream(dataref, mostBytes)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *getStream(dataref: string, mostBytes = Infinity): AsyncIterable<Uint8Array> {
    const { hex, isCompressed } = namedBlob(dataref);
    const stored = this.read(dataref);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of isCompressed ? unfolded(dataref, stored) : stored) {
      bytes += piece.length;
      if (bytes > mostBytes)
        throw new BlobFailure('blob-too-large', `${dataref} has more than the ${mostBytes} bytes that are read of it`);
      hash.update(piece);
      yield piece;
    }
    if (hash.digest('hex') !== hex)
      throw new BlobFailure('blob-damaged', `${dataref} is damaged: its ${bytes} bytes have another digest`);
  }

  list(area: string): AsyncIterable<ListedBlob> {
    return this.listed(areaNamed(area));
  }

  async renew(dataref: string): Promise<boolean> {
    namedBlob(dataref);
    return this.renewed(dataref);
  }

  async delete(dataref: string, unmodifiedSince = Infinity): Promise<boolean> {
    namedBlob(dataref);
    return this.deleted(dataref, unmodifiedSince);
  }

  async pointer(name: string): Promise<BlobPointer | undefined> {
    return this.pointed(pointerNamed(name));
  }

  async point(name: string, value: string, over: string | undefined): Promise<BlobPointer | undefined> {
    return this.repointed(pointerNamed(name), value, over);
  }
}

/** Bytes that were stored compressed. Other bytes than zstd's are a damaged blob. */
async function* unfolded(dataref: string, stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* through(stored, createZstdDecompress());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!/^(ZSTD|Z_BUF|ERR_ZSTD)/.test(code ?? '')) throw error;
    throw new BlobFailure('blob-damaged', `${dataref} is damaged: it cannot be unfolded (${code})`);
  }
}
