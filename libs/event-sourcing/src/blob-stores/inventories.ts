import { inventoryBytes, inventoryIn, type BlobReference, type PackageInventory } from '@assay/events';
import { BlobFailure, namedBlob, type BlobStore } from './blobs.ts';

/** The areas in which runners keep what a scan leaves. Nothing else is deleted for its age. */
export const scanAreas = { inventories: 'inventories', reports: 'reports' } as const;

/** A runner takes at most 32 MiB of a report, and an inventory is a part of it, written in fewer words. */
const mostBytes = 40 * 2 ** 20;

/**
 * Stores the packages of an image. The same packages are the same blob.
 * @throws BlobFailure if they could not be stored
 */
export const putInventory = async (
  blobs: Pick<BlobStore, 'put'>,
  inventory: Parameters<typeof inventoryBytes>[0],
): Promise<BlobReference> => blobs.put(inventoryBytes(inventory), { area: scanAreas.inventories, compressed: true });

/**
 * Stores the report of a scanner, as it wrote it.
 * @throws BlobFailure if it could not be stored
 */
export const putReport = async (blobs: Pick<BlobStore, 'put'>, report: Buffer): Promise<BlobReference> =>
  blobs.put(report, { area: scanAreas.reports, compressed: true });

const damaged = (dataref: string, fault: string): BlobFailure =>
  new BlobFailure('blob-damaged', `${dataref} is not the inventory that is named: ${fault}`);

/**
 * Reads the packages of an image as they are stored, at most 40 MiB of JSON. `inventoryIn` reads what they are.
 * @throws BlobFailure `blob-unknown` if they are gone, `blob-damaged` if they are not what the reference names,
 * `blob-too-large`, or if the store does not answer (`retriable`)
 */
export const storedInventory = async (
  blobs: Pick<BlobStore, 'get'>,
  { dataref, sha256, bytes }: BlobReference,
): Promise<Buffer> => {
  if (`sha256:${namedBlob(dataref).hex}` !== sha256) throw damaged(dataref, `its digest is not ${sha256}`);
  const content = await blobs.get(dataref, mostBytes);
  if (content.length !== bytes) throw damaged(dataref, `it has ${content.length} bytes instead of ${bytes}`);
  return content;
};

/**
 * Reads the packages of an image.
 * @throws BlobFailure as `storedInventory`
 */
export const getInventory = async (
  blobs: Pick<BlobStore, 'get'>,
  reference: BlobReference,
): Promise<PackageInventory> => {
  const content = await storedInventory(blobs, reference);
  try {
    return inventoryIn(content);
  } catch (error) {
    throw damaged(reference.dataref, (error as Error).message);
  }
};
