import type { BlobStore, ListedBlob } from '@assay/event-sourcing';

/** The part of the blob store that snapshots need. The store is for them alone: no other service may write to it. */
export type SnapshotStore = Pick<BlobStore, 'putStream' | 'getStream' | 'list' | 'delete' | 'clearUnfinished'>;

export const snapshotArea = 'snapshots';

/** The stored snapshots, the newest first. */
export const newestFirst = async (store: Pick<SnapshotStore, 'list'>): Promise<readonly ListedBlob[]> => {
  const all: ListedBlob[] = [];
  for await (const one of store.list(snapshotArea)) all.push(one);
  return all.toSorted((a, b) => b.modifiedAt - a.modifiedAt || (a.dataref < b.dataref ? -1 : 1));
};
