import { join } from 'node:path';
import {
  EmbeddedStore,
  FolderBlobs,
  openBlobs,
  openRedisStore,
  redisSettings,
  type BlobStore,
  type Store,
} from '@assay/event-sourcing';
import { kafkaSettings, openKafkaLog, type EventLog } from '@assay/messaging';
import { clean, declaredBlobDays, namedBlobs, sandboxRunner, type Cleaned } from '@assay/sandbox-runner';
import { declaredPartitions } from '@assay/settings';
import type { SurroundingOptions } from '../suite/suite.ts';
import { openLog } from '../suite/log.ts';

export interface CleaningOptions extends Pick<SurroundingOptions, 'data' | 'home' | 'env' | 'failed'> {
  readonly days: number;
  readonly dryRun: boolean;
}

/** How long the runners of this environment keep what nothing names, in days; 0 for ever. */
export const blobDays = (env: CleaningOptions['env']): number => declaredBlobDays.read(env);

/** Cleans the blobs of a data folder. No suite may run on it. */
export const cleanData = async (options: CleaningOptions): Promise<Cleaned> => {
  const { data, env } = options;
  const log = openLog(data, env);
  try {
    const store = new EmbeddedStore(data.store('sandbox-runner'));
    try {
      return await cleaned(options, { log, store, blobs: new FolderBlobs(data.blobs) });
    } finally {
      await store.close();
    }
  } finally {
    await log.close();
  }
};

/** Cleans the blobs of the runners of a suite over Kafka and Redis, which may run meanwhile. */
export const cleanDistributed = async (options: CleaningOptions): Promise<Cleaned> => {
  const { env, home, failed } = options;
  const [service, partitions] = ['sandbox-runner', declaredPartitions.read(env)];
  const blobs = openBlobs(env, join(home, 'blobs'));
  const log = await openKafkaLog(kafkaSettings(env), {
    partitions,
    clientId: 'assay-blobs',
    report: (operation, failure) => failed(service, operation, failure),
  });
  try {
    const store = await openRedisStore({
      settings: redisSettings(env),
      service,
      partitions,
      onError: (error) => failed(service, 'Redis', error),
    });
    try {
      return await cleaned(options, { log, store, blobs });
    } finally {
      await store.close();
    }
  } finally {
    await log.close();
  }
};

const cleaned = (
  { days, dryRun }: CleaningOptions,
  { log, store, blobs }: { readonly log: EventLog; readonly store: Store; readonly blobs: BlobStore },
): Promise<Cleaned> => {
  const { stateVersion } = sandboxRunner.decider as { readonly stateVersion: number };
  const named = () => namedBlobs({ app: 'sandbox-runner', stateVersion, store, log });
  return clean({ blobs, named, now: Date.now }, { days, dryRun });
};
