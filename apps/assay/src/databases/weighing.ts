import { existsSync } from 'node:fs';
import type { AssayEvent } from '@assay/events';
import { EmbeddedStore, StoreIncomplete, type BlobStore } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { answerOffer, sandboxRunner, scannerFor, weigh } from '@assay/sandbox-runner';
import type { Env } from '@assay/settings';
import type { DataFolder } from '../suite/data.ts';

const app = 'sandbox-runner';
const nothing = {
  images: 0,
  findings: 0,
  closing: 0,
  changed: 0,
  healthy: 0,
  uncovered: 0,
  weakened: 0,
  lowered: 0,
  raised: 0,
  packages: [],
};

/**
 * Answers an offered database for all partitions of a data folder on which no suite runs. A folder without any result
 * has no image that it could change; one whose store is not whole does not answer, so that the database is held.
 */
export const weighedIn =
  (data: DataFolder, env: Env, log: EventLog, blobs: BlobStore) =>
  async (offer: AssayEvent<'advisories.offered'>): Promise<void> => {
    const path = data.store(app);
    const store = existsSync(path) ? new EmbeddedStore(path) : undefined;
    try {
      const { stateVersion } = sandboxRunner.decider;
      const isAdvisedBy = await scannerFor(env).isAdvisedBy();
      for (let partition = 0; partition < log.partitions; partition += 1) {
        if (store) await weigh({ app, stateVersion, store, log, blobs, isAdvisedBy }, offer, partition);
        else if ((await log.end('scan.completed', partition)) === 0)
          await answerOffer(log, offer, { ...nothing, partition });
      }
    } catch (error) {
      if (!(error instanceof StoreIncomplete)) throw error;
    } finally {
      await store?.close();
    }
  };
