import { ArmError, unavailable } from '@assay/arm';
import { BlobFailure, getInventory, type BlobStore } from '@assay/event-sourcing';
import type { PackageInventory } from '@assay/events';
import { inventoryOf, type ScannedPlace, type ImageResult } from './findings-report.ts';
import { View } from '@assay/read-model/view/view';

/** Failures after which a blob will not come back by itself. */
const lost: readonly BlobFailure['code'][] = ['blob-unknown', 'blob-damaged', 'blob-too-large'];

/**
 * The packages of images, from the blobs that runners keep. The class is its injection token; no provider makes it.
 */
export class Inventories {
  constructor(
    private readonly view: View,
    /** The blobs of the runners. They are only read. */
    private readonly blobs: Pick<BlobStore, 'get'>,
  ) {}

  /**
   * The packages that the scan of an image found, at least one: a list without packages would claim that the image has
   * none.
   * @throws ArmError 409 `InventoryNotAvailable` if it found none, `InventoryLost` if they are not kept any more
   * @throws ArmError 503 if the blobs cannot be read at the moment
   */
  of({ state: { placement, classified } }: ScannedPlace): Promise<PackageInventory> {
    return this.ofResult({ digest: placement.digest, result: classified.result });
  }

  /**
   * The packages of a result that need not be the newest one.
   * @throws ArmError as `of`
   */
  async ofResult(scanned: ImageResult): Promise<PackageInventory> {
    const { digest } = scanned;
    const named = await inventoryOf(this.view, scanned);
    const inventory =
      named &&
      (await getInventory(this.blobs, named).catch((error: unknown) => {
        if (!(error instanceof BlobFailure)) throw error;
        if (!lost.includes(error.code))
          throw unavailable(`The inventory of the image cannot be read: ${error.message}. Try again.`, 10);
        throw new ArmError(
          409,
          'InventoryLost',
          `inventory-lost: the packages of the image '${digest}' are not kept any more: ${error.message}. They are ` +
            'stored again when the image is scanned again, at the latest with the next database, if it can be pulled ' +
            'then.',
        );
      }));
    if (inventory && inventory.packages.length > 0) return inventory;
    throw new ArmError(409, 'InventoryNotAvailable', `The scan of the image '${digest}' has found no packages.`);
  }
}
