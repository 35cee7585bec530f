import { FolderBlobs, type BlobStore, type Observer, type Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import type { Logger } from './logger.ts';

export interface Opening {
  readonly service: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly blobFolder: string;
  readonly logger: Logger;
  readonly failed: Observer['failed'];
  /** The log cannot be read any more: the process must end, so that it is started again. */
  readonly fatal: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export interface OpenedPorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly blobs: BlobStore;
  readiness(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const openPorts = async ({ blobFolder }: Opening): Promise<OpenedPorts> => {
  const messaging = await import('@assay/messaging') as unknown as { openKafkaLog: () => Promise<EventLog> };
  const sourcing = await import('@assay/event-sourcing') as unknown as { openRedisStore: () => Promise<Store> };
  const [log, store] = [await messaging.openKafkaLog(), await sourcing.openRedisStore()];
  return { log, store, blobs: new FolderBlobs(blobFolder), readiness: async () => [], close: async () => { await store.close(); await log.close(); } };
};
