import { existsSync } from 'node:fs';
import { noConsequences, type AssayEvent } from '@assay/events';
import { EmbeddedStore, StoreIncomplete, type BlobStore } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { answerOffer, comparisonOf, sandboxRunner, scannerFor, weigh } from '@assay/sandbox-runner';
import type { Env } from '@assay/settings';
import type { DataFolder } from '../suite/data.ts';

const app = 'sandbox-runner';
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
      const comparison = await comparisonOf(blobs, offer);
      for (let partition = 0; partition < log.partitions; partition += 1) {
        if (store && comparison)
          await weigh({ app, stateVersion, store, log, isAdvisedBy }, { offer, comparison }, partition);
        else if (!store && (await log.end('scan.completed', partition)) === 0)
          await answerOffer(log, offer, { ...noConsequences, partition });
      }
    } catch (error) {
      if (!(error instanceof StoreIncomplete)) throw error;
    } finally {
      await store?.close();
    }
  };
