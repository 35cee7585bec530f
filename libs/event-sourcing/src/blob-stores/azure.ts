import type { ContainerClient, RestError } from '@azure/storage-blob';
import { BlobFailure, blobOf, namedBlob, verified, type BlobStore, type StoredBlob } from './blobs.ts';

const retryOptions = { maxTries: 3, tryTimeoutInMs: 20_000, retryDelayInMs: 500, maxRetryDelayInMs: 4000 };

export interface AzureBlobsOptions {
  /** The container's address, with a shared access signature if there is no connection string. */
  readonly url: string;
  readonly connectionString?: string | undefined;
}

/** Blobs in a container of Azure Blob Storage. The client library is loaded on first use. */
export class AzureBlobs implements BlobStore {
  #container: Promise<ContainerClient> | undefined;

  constructor(private readonly options: AzureBlobsOptions) {}

  /** Writes the empty blob and reads it. */
  async ready(): Promise<void> {
    await this.get((await this.put(Buffer.alloc(0))).dataref);
  }

  async put(bytes: Buffer): Promise<StoredBlob> {
    const blob = blobOf(bytes);
    try {
      await (
        await this.#client()
      )
        .getBlockBlobClient(blob.dataref)
        .uploadData(bytes, { conditions: { ifNoneMatch: '*' } });
    } catch (error) {
      if ((error as RestError).code !== 'BlobAlreadyExists') throw this.#failure(error, blob.dataref);
    }
    return blob;
  }

  async get(dataref: string): Promise<Buffer> {
    const name = namedBlob(dataref);
    try {
      return verified(dataref, await (await this.#client()).getBlobClient(name).downloadToBuffer());
    } catch (error) {
      throw this.#failure(error, dataref);
    }
  }

  async #client(): Promise<ContainerClient> {
    this.#container ??= containerOf(this.options).catch((error: unknown) => {
      // The reason why the library could not be loaded may be gone the next time.
      this.#container = undefined;
      throw error;
    });
    return this.#container;
  }

  /** Drops the library's own error: it contains the request, and with it the signature. */
  #failure(error: unknown, dataref: string): BlobFailure {
    if (error instanceof BlobFailure) return error;
    const { code, statusCode, message } = error as RestError;
    const where = this.options.url.replace(/\?.*/, '');
    if (code === 'ContainerNotFound' || code === 'ContainerBeingDeleted')
      return new BlobFailure(
        'blobs-unfit',
        `There is no container ${where}: create it, or set ASSAY_BLOBS to an existing one`,
      );
    if (statusCode === 404) return new BlobFailure('blob-unknown', `there is no blob ${dataref} in ${where}`);
    if (statusCode === 401 || statusCode === 403)
      return new BlobFailure(
        'blobs-unauthorized',
        `${where} refuses the request (${code ?? statusCode}): check the signature in ASSAY_BLOBS (read, ` +
          'create, write; not expired) or ASSAY_BLOBS_CONNECTION_STRING',
      );
    return new BlobFailure(
      'blobs-unreachable',
      `${where} does not answer as expected (${code ?? statusCode ?? firstLine(message)}): check that it can ` +
        'be reached',
    );
  }
}

const firstLine = (text: string): string => {
  const [line = ''] = text.split('\n');
  return line;
};

const containerOf = async ({ url, connectionString }: AzureBlobsOptions): Promise<ContainerClient> => {
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
      'ASSAY_BLOBS_CONNECTION_STRING is not a connection string: copy it from the access keys of the storage ' +
        'account',
    );
  }
  if (container.url.replace(/\?.*/, '') !== url)
    throw new BlobFailure(
      'blobs-unfit',
      `ASSAY_BLOBS_CONNECTION_STRING and ASSAY_BLOBS (${url}) name different accounts`,
    );
  return container;
};
