import { ArmError, unavailable } from '@assay/arm';
import { BlobFailure, storedInventory, type BlobStore } from '@assay/event-sourcing';
import type { ImageReads } from '../lanes.ts';
import { inventoryOf, type ImageResult } from './results.ts';

/** Failures after which a blob will not come back by itself. */
const lost: readonly BlobFailure['code'][] = ['blob-unknown', 'blob-damaged', 'blob-too-large'];

/** Codes of refusals, also as codes of errors of the writers that read an inventory. */
export type InventoryRefusal = 'InventoryLost' | 'InventoryNotAvailable';

/** @param why what happened to a lost one */
const refusalOf = (code: InventoryRefusal, digest: string, why: string): ArmError =>
  code === 'InventoryNotAvailable'
    ? new ArmError(409, code, `The scan of the image '${digest}' has found no packages.`)
    : new ArmError(
        409,
        code,
        `inventory-lost: the packages of the image '${digest}' are not kept any more: ${why}. They are stored again ` +
          'when the image is scanned again, at the latest with the next database, if it can be pulled then.',
      );

/**
 * The packages of images, from the blobs that runners keep. The class is its injection token; no provider makes it.
 */
export class Inventories {
  constructor(
    /** The blobs of the runners. They are only read. */
    private readonly blobs: Pick<BlobStore, 'get'>,
  ) {}

  /**
   * The stored inventory of a result, which is read where it is used: it may be 40 MiB.
   * @throws ArmError 409 `InventoryNotAvailable` if the result names none, `InventoryLost` if it is not kept any more
   * @throws ArmError 503 if the blobs cannot be read at the moment
   */
  async of(scanned: ImageResult, reads: ImageReads): Promise<Uint8Array> {
    const { digest } = scanned;
    const named = await inventoryOf(reads, scanned);
    if (!named) throw refusalOf('InventoryNotAvailable', digest, '');
    return storedInventory(this.blobs, named).catch((error: unknown) => {
      if (!(error instanceof BlobFailure)) throw error;
      if (lost.includes(error.code)) throw refusalOf('InventoryLost', digest, error.message);
      throw unavailable(`The inventory of the image cannot be read: ${error.message}. Try again.`, 10);
    });
  }

  /** Refuses a file whose writer could not use the inventory, as `of` does. */
  async refusing<T>(digest: string, file: Promise<T>): Promise<T> {
    try {
      return await file;
    } catch (error) {
      const { code, message } = error as Error & { readonly code?: unknown };
      if (error instanceof ArmError || (code !== 'InventoryLost' && code !== 'InventoryNotAvailable')) throw error;
      throw refusalOf(code, digest, message);
    }
  }
}
