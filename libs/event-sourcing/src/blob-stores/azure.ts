import { Readable } from 'node:stream';
import type { BlockBlobClient, ContainerClient, RestError } from '@azure/storage-blob';
import { BlobFailure, blobNameIn, pointersFolder, type BlobPointer, type ListedBlob } from './blobs.ts';
import { ContentBlobs, type Content } from './content-blobs.ts';

const retryOptions = { maxTries: 3, tryTimeoutInMs: 20_000, retryDelayInMs: 500, maxRetryDelayInMs: 4000 };

/** A blob is sent in blocks of this many bytes, and this many at once. Azure takes 50,000 blocks of one blob. */
const [blockBytes, blocksAtOnce] = [8 * 2 ** 20, 2];
/** How often a read goes on after its connection broke. */
const readAgain = 5;
/** A repeated write leaves a blob alone that is no older, ms. */
const freshMs = 3_600_000;

export interface AzureBlobsOptions {
  /** The container's address, with a shared access signature if there is no connection string. */
  readonly url: string;
  readonly connectionString?: string | undefined;
  /** The settings of the two, for messages. */
  readonly settings?: { readonly place: string; readonly connectionString: string };
}

/** Blobs in a container of Azure Blob Storage. The client library is loaded on first use. */
export class AzureBlobs extends ContentBlobs {
  #container: Promise<ContainerClient> | undefined;

  constructor(private readonly options: AzureBlobsOptions) {
    super();
  }

  get #settings(): { readonly place: string; readonly connectionString: string } {
    return this.options.settings ?? { place: 'ASSAY_BLOBS', connectionString: 'ASSAY_BLOBS_CONNECTION_STRING' };
  }

  /** Writes the empty blob and reads it. */
  async ready(): Promise<void> {
    await this.get((await this.put(Buffer.alloc(0))).dataref);
  }

  protected async write(content: Content): Promise<void> {
    const { dataref } = await content.named();
    try {
      const blob = await this.#blob(dataref);
      const upload = (conditions: { ifNoneMatch?: string }): Promise<unknown> =>
        blob.uploadStream(Readable.from(content.read()), blockBytes, blocksAtOnce, { conditions });
      try {
        await upload({ ifNoneMatch: '*' });
      } catch (error) {
        if ((error as RestError).code !== 'BlobAlreadyExists') throw error;
        // It counts as just written. Otherwise it could be deleted for its age, although it is named again.
        const { lastModified } = await blob.getProperties();
        if (Date.now() - (lastModified?.getTime() ?? 0) > freshMs) await upload({}).catch(unlessImmutable);
      }
    } catch (error) {
      throw this.#failure(error, dataref);
    }
  }

  protected async *read(dataref: string): AsyncIterable<Uint8Array> {
    try {
      const { readableStreamBody } = await (
        await this.#blob(dataref)
      ).download(0, undefined, { maxRetryRequests: readAgain });
      yield* readableStreamBody as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw this.#failure(error, dataref);
    }
  }

  protected async *listed(area: string): AsyncIterable<ListedBlob> {
    try {
      const container = await this.#client();
      for await (const { name, properties } of container.listBlobsFlat({ prefix: `${area}/` })) {
        if (blobNameIn(name))
          yield {
            dataref: name,
            storedBytes: properties.contentLength ?? 0,
            modifiedAt: properties.lastModified.getTime(),
          };
      }
    } catch (error) {
      throw this.#failure(error, area);
    }
  }

  protected renewed(dataref: string): Promise<boolean> {
    return this.#ifThere(dataref, async (blob) => {
      await blob.setMetadata({});
      return true;
    });
  }

  protected deleted(dataref: string, unmodifiedSince: number): Promise<boolean> {
    return this.#ifThere(dataref, async (blob) => {
      const { etag, lastModified } = await blob.getProperties();
      if ((lastModified?.getTime() ?? 0) > unmodifiedSince) return false;
      await blob.delete({ conditions: etag === undefined ? {} : { ifMatch: etag } });
      return true;
    });
  }

  /** False if there is no such blob, or another than was looked at. */
  async #ifThere(dataref: string, work: (blob: BlockBlobClient) => Promise<boolean>): Promise<boolean> {
    try {
      return await work(await this.#blob(dataref));
    } catch (error) {
      const failure = this.#failure(error, dataref);
      if (failure.code === 'blob-unknown' || isOutrun(error)) return false;
      throw failure;
    }
  }

  /** Azure itself removes blocks that were never committed, after a week. */
  async clearUnfinished(): Promise<number> {
    return 0;
  }

  protected async pointed(name: string): Promise<BlobPointer | undefined> {
    const path = `${pointersFolder}/${name}`;
    try {
      const { etag, readableStreamBody } = await (await this.#blob(path)).download();
      const pieces: Uint8Array[] = [];
      for await (const piece of readableStreamBody as AsyncIterable<Uint8Array>) pieces.push(piece);
      return { value: Buffer.concat(pieces).toString(), version: etag ?? '' };
    } catch (error) {
      const failure = this.#failure(error, path);
      if (failure.code === 'blob-unknown') return undefined;
      throw failure;
    }
  }

  protected async repointed(name: string, value: string, over: string | undefined): Promise<BlobPointer | undefined> {
    const path = `${pointersFolder}/${name}`;
    try {
      const { etag } = await (
        await this.#blob(path)
      ).uploadData(Buffer.from(value), {
        conditions: over === undefined ? { ifNoneMatch: '*' } : { ifMatch: over },
      });
      return { value, version: etag ?? '' };
    } catch (error) {
      if (isOutrun(error)) return undefined;
      const failure = this.#failure(error, path);
      if (failure.code === 'blob-unknown') return undefined;
      throw failure;
    }
  }

  async #blob(name: string): Promise<BlockBlobClient> {
    return (await this.#client()).getBlockBlobClient(name);
  }

  async #client(): Promise<ContainerClient> {
    this.#container ??= containerOf(this.options, this.#settings).catch((error: unknown) => {
      // The reason why the library could not be loaded may be gone the next time.
      this.#container = undefined;
      throw error;
    });
    return this.#container;
  }

  /** Drops the library's own error: it contains the request, and with it the signature. */
  #failure(error: unknown, name: string): BlobFailure {
    if (error instanceof BlobFailure) return error;
    const { code, statusCode, message } = error as RestError;
    const { place, connectionString } = this.#settings;
    const where = this.options.url.replace(/\?.*/, '');
    if (code === 'ContainerNotFound' || code === 'ContainerBeingDeleted')
      return new BlobFailure(
        'blobs-unfit',
        `There is no container ${where}: create it, or set ${place} to an existing one`,
      );
    if (statusCode === 404) return new BlobFailure('blob-unknown', `there is no blob ${name} in ${where}`);
    if (statusCode === 401 || statusCode === 403)
      return new BlobFailure(
        'blobs-unauthorized',
        `${where} refuses the request (${code ?? statusCode}): check the signature in ${place} (its rights, and ` +
          `that it has not expired) or ${connectionString}`,
      );
    return new BlobFailure(
      'blobs-unreachable',
      `${where} does not answer as expected (${code ?? statusCode ?? firstLine(message)}): check that it can ` +
        'be reached',
    );
  }
}

/** A blob that a policy protects from any change cannot be deleted either. */
const unlessImmutable = (error: unknown): void => {
  if ((error as RestError).code !== 'BlobImmutableDueToPolicy') throw error;
};

/** True if the blob is there and should not be, or is another one than was expected. */
const isOutrun = (error: unknown): boolean => {
  const { code, statusCode } = error as RestError;
  return statusCode === 412 || code === 'BlobAlreadyExists';
};

const firstLine = (text: string): string => {
  const [line = ''] = text.split('\n');
  return line;
};

const containerOf = async (
  { url, connectionString }: AzureBlobsOptions,
  settings: { readonly place: string; readonly connectionString: string },
): Promise<ContainerClient> => {
  const { BlobServiceClient, ContainerClient } = await import('@azure/storage-blob');
  if (connectionString === undefined) return new ContainerClient(url, undefined, { retryOptions });
  let container: ContainerClient;
  try {
    const { pathname } = new URL(url);
    container = BlobServiceClient.fromConnectionString(connectionString, { retryOptions }).getContainerClient(
      pathname.slice(pathname.lastIndexOf('/') + 1),
    );
  } catch {
    throw new BlobFailure(
      'blobs-unfit',
      `${settings.connectionString} is not a connection string: copy it from the access keys of the storage ` +
        'account',
    );
  }
  if (container.url.replace(/\?.*/, '') !== url)
    throw new BlobFailure(
      'blobs-unfit',
      `${settings.connectionString} and ${settings.place} (${url}) name different accounts`,
    );
  return container;
};
