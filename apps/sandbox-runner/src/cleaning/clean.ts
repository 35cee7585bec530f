import { scanAreas, type BlobStore, type ListedBlob } from '@assay/event-sourcing';

const dayMs = 24 * 3_600_000;
/** A blob that is named is renewed this often within the days that an unnamed one is kept. */
const renewals = 30;
/** Blobs that are renewed or deleted at once. */
const atOnce = 8;

export interface CleaningPorts {
  readonly blobs: Pick<BlobStore, 'list' | 'renew' | 'delete'>;
  /** The names of all blobs that a standing result or an open job names. Throws unless it knows all of them. */
  readonly named: (signal?: AbortSignal) => Promise<ReadonlySet<string>>;
  /** ms since the epoch */
  readonly now: () => number;
}

/** Numbers of blobs, and the bytes that they take in the store. */
interface BlobCount {
  readonly blobs: number;
  readonly bytes: number;
}

interface CleanedArea {
  readonly area: string;
  /** Blobs that are named. */
  readonly named: BlobCount;
  /** Blobs that nothing names, and whose time has not come. */
  readonly waiting: BlobCount;
  /** Blobs that were deleted, or would be by a run that is not dry. */
  readonly deleted: BlobCount;
}

export interface Cleaned {
  readonly days: number;
  readonly dryRun: boolean;
  /** True if nothing names any blob: then none is deleted, as the log or the store may be another one. */
  readonly held: boolean;
  readonly areas: readonly CleanedArea[];
}

/**
 * Deletes the inventories and reports that nothing has named for some days. Those that are named are renewed now and
 * then, so that their days begin when they lose their name, not when they were written. Other areas of the store, such
 * as that of bills, are not looked at.
 *
 * @param days how long a blob is kept that nothing names, at least 1
 * @param dryRun true to count only, and change nothing
 * @param signal ends the run early; what is left is for the next one
 * @throws what `named` throws, before anything is deleted; BlobFailure if the store fails
 */
export const clean = async (
  { blobs, named, now }: CleaningPorts,
  { days, dryRun }: { readonly days: number; readonly dryRun: boolean },
  signal?: AbortSignal,
): Promise<Cleaned> => {
  const began = now();
  const names = await named(signal);
  const held = names.size === 0;
  const [deleteBefore, renewBefore] = [began - days * dayMs, began - Math.max(1, days / renewals) * dayMs];
  const areas: CleanedArea[] = [];
  for (const area of Object.values(scanAreas)) {
    const counted = { named: none(), waiting: none(), deleted: none() };
    await inGroups(blobs.list(area), async (blob) => {
      signal?.throwIfAborted();
      const { dataref, modifiedAt } = blob;
      if (names.has(dataref)) {
        add(counted.named, blob);
        if (!dryRun && modifiedAt < renewBefore) await blobs.renew(dataref);
      } else if (
        !held &&
        modifiedAt < deleteBefore &&
        // A scan may have stored it again since it was listed.
        (dryRun || (await blobs.delete(dataref, deleteBefore)))
      )
        add(counted.deleted, blob);
      else add(counted.waiting, blob);
    });
    areas.push({ area, ...counted });
  }
  return { days, dryRun, held, areas };
};

const none = (): { blobs: number; bytes: number } => ({ blobs: 0, bytes: 0 });

const add = (count: { blobs: number; bytes: number }, { storedBytes }: ListedBlob): void => {
  count.blobs += 1;
  count.bytes += storedBytes;
};

const inGroups = async <T>(all: AsyncIterable<T>, work: (one: T) => Promise<void>): Promise<void> => {
  let group: T[] = [];
  const finished = (): Promise<unknown> => Promise.all(group.splice(0).map(work));
  for await (const one of all) {
    group.push(one);
    if (group.length === atOnce) await finished();
  }
  await finished();
};

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The counts of a run, in one line. */
export const cleanedText = ({ days, dryRun, held, areas }: Cleaned): string => {
  if (held)
    return (
      'Nothing is deleted, because no result names any blob: the log or the store may be another one than that of ' +
      'these blobs'
    );
  const parts = areas.map(
    ({ area, named, waiting, deleted }) =>
      `${area}: ${deleted.blobs} ${dryRun ? 'would be deleted' : 'deleted'} (${megabytes(deleted.bytes)}), ` +
      `${named.blobs} named, ${waiting.blobs} kept for up to ${days} days`,
  );
  return parts.join('; ');
};
