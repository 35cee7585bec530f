import { setTimeout as pause } from 'node:timers/promises';
import {
  AppendWatch,
  openBlobs,
  openRedisStore,
  redisSettings,
  type BlobStore,
  type Observer,
  type Store,
} from '@assay/event-sourcing';
import { kafkaSettings, openKafkaLog, type EventLog, type KafkaFailure } from '@assay/messaging';
import { backoffMs, type Backoff } from '@assay/backoff';
import { declaredPartitions } from '@assay/settings';
import { Clocks } from './clocks.ts';
import type { Logger } from './logger.ts';
import { measuredServers } from './measured-servers.ts';
import { Outages, type Server } from './outages.ts';

export interface Opening {
  readonly service: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly blobFolder: string;
  readonly logger: Logger;
  readonly failed: Observer['failed'];
  /** This process cannot go on: it must end, so that it is started again. */
  readonly fatal: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export interface OpenedPorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly blobs: BlobStore;
  /** Reports failures; those due to a server that is away once only. */
  readonly failed: Observer['failed'];
  readonly clocks: Clocks;
  readonly appends: AppendWatch;
  /** Reasons why log or store do not work at the moment. */
  readiness(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Between attempts to open a log or a store. */
const openBackoff: Backoff = { firstMs: 250, longestMs: 5_000 };

/** Groups have no coordinator for a moment after brokers start or move. This passes and needs no action. */
const isPassing = ({ message, retriable }: KafkaFailure): boolean => retriable && /coordinator/i.test(message);

/** Retries while the server does not answer; throws at once if a retry cannot help. */
const untilOpened = async <T>(server: string, { logger, signal }: Opening, open: () => Promise<T>): Promise<T> => {
  for (let failures = 0; ; failures += 1) {
    try {
      return await open();
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || signal.aborted) throw error;
      logger.warn({ error }, `waiting for ${server}`);
      await pause(backoffMs(openBackoff, failures), undefined, { signal });
    }
  }
};

const neverYet = (): Promise<unknown> => Promise.reject(new Error('it was never reached'));

/** Opens log, store and blobs by their settings; waits for brokers and Redis that are not there yet. */
export const openPorts = async (opening: Opening): Promise<OpenedPorts> => {
  const { service, env, blobFolder, logger, fatal, signal } = opening;
  const [kafka, redis, partitions] = [kafkaSettings(env), redisSettings(env), declaredPartitions.read(env)];
  const blobs = openBlobs(env, blobFolder);
  const probes: Record<Server, () => Promise<unknown>> = { Kafka: neverYet, Redis: neverYet };
  const probe = (server: Server): Promise<unknown> => probes[server]();
  const outages = new Outages({ logger, signal, probe });
  const failed = outages.failedOr(opening.failed);
  // From the beginning: a server that never answers is away, too.
  const unmeasured = measuredServers(service, { probe, isAway: (server) => outages.isAway(server) });
  const log = await untilOpened('Kafka', opening, () =>
    openKafkaLog(kafka, {
      partitions,
      clientId: `assay-${service}`,
      fatal,
      report: (context, failure) =>
        isPassing(failure) ? logger.debug({ error: failure }, context) : failed(service, context, failure),
      debug: (line) => logger.debug(line),
    }),
  );
  try {
    const store = await untilOpened('Redis', opening, () =>
      openRedisStore({
        settings: redis,
        service,
        partitions,
        onError: (error) => failed(service, 'Redis', error),
        onWarning: (line) => logger.warn(line),
      }),
    );
    Object.assign(probes, { Kafka: () => log.end('operator.acted', 0), Redis: () => store.epoch(0) });
    const clocks = new Clocks({ service, logger, aheadMs: () => store.aheadMs() });
    void clocks.compare();
    const appends = new AppendWatch(log);
    return {
      log: appends.log,
      appends,
      store,
      blobs,
      failed,
      clocks,
      readiness: async () => [...log.problems(), ...(await reasonsOf(store))],
      close: async () => {
        unmeasured();
        clocks.close();
        await store.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
};

const reasonsOf = async (store: Store): Promise<readonly string[]> => {
  try {
    await store.epoch(0);
    return [];
  } catch (error) {
    return [`the store does not answer: ${error instanceof Error ? error.message : String(error)}`];
  }
};
