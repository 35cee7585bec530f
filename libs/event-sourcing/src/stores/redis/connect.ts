import { at, present } from '@assay/events';
import { backoffMs } from '@assay/backoff';
import { scriptCommands, type Client } from './client.ts';
import { failureOf, RedisFailure } from './failure.ts';
import type { RedisSettings } from './settings.ts';

/** A command without an answer after this time has failed. Whether it was executed is unknown. */
const answerWithinMs = 5000;
/** A connection that is silent for this time while an answer is due is dead. */
const silentForMs = 4000;
const connectWithinMs = 3000;
/** With sentinels and clusters, the client would look for a node forever. */
const startWithinMs = 8000;
const pauseMs = (failures: number): number => backoffMs({ firstMs: 25, longestMs: 1000, jitter: 0.25 }, failures);

/**
 * Connects to Redis. Afterwards the connection recovers by itself, without limit. A command fails as soon as its
 * connection does. It is not sent twice, since it is unknown whether it was executed.
 * @throws RedisFailure if Redis does not answer now, or refuses the user
 */
export const connected = async (
  settings: RedisSettings,
  name: string,
  failed: (error: RedisFailure) => void,
): Promise<Client> => {
  const client = await clientFor(settings, name);
  const ready = new Promise<void>((resolve, reject) => {
    let known = false;
    client.on('ready', () => {
      known = false;
      resolve();
    });
    client.on('error', (error: Error) => {
      const failure = failureOf(error);
      // Each further attempt reports the same error.
      if (!known) failed(failure);
      known = true;
      reject(failure);
    });
    setTimeout(
      () => reject(new RedisFailure('redis-unreachable', `Redis: no answer within ${startWithinMs / 1000} s`)),
      startWithinMs,
    ).unref();
  });
  // A cluster that is being created fails the first time, and is tried again.
  client.connect().catch(() => undefined);
  try {
    await ready;
    return client;
  } catch (error) {
    client.disconnect();
    const { code, message } = failureOf(error);
    throw new RedisFailure(
      code,
      message.replace(/^Redis/, `Redis at ${settings.addresses.map(({ host, port }) => `${host}:${port}`).join(', ')}`),
    );
  }
};

const clientFor = async (settings: RedisSettings, name: string): Promise<Client> => {
  const { Cluster, Redis } = await import('ioredis');
  const { addresses, kind, username, password, database, tls, masterName, sentinelPassword } = settings;
  const options = {
    username,
    password,
    tls,
    connectionName: `assay-${name}`,
    connectTimeout: connectWithinMs,
    commandTimeout: answerWithinMs,
    socketTimeout: silentForMs,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
  };
  if (kind === 'cluster') {
    // While no node can be reached, commands would wait in the client's queue forever.
    return new Cluster([...addresses], {
      scripts: scriptCommands,
      lazyConnect: true,
      enableOfflineQueue: false,
      redisOptions: options,
      clusterRetryStrategy: pauseMs,
      slotsRefreshTimeout: connectWithinMs,
    });
  }
  const redisOptions = {
    ...options,
    db: database,
    scripts: scriptCommands,
    lazyConnect: true,
    retryStrategy: pauseMs,
    // After a failover the old master answers with this error. The sentinels know the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  };
  return kind === 'server'
    ? new Redis({ ...redisOptions, ...at(addresses, 0) })
    : new Redis({
        ...redisOptions,
        sentinels: [...addresses],
        name: present(masterName, 'name of the master'),
        sentinelPassword,
        sentinelRetryStrategy: pauseMs,
        sentinelCommandTimeout: connectWithinMs,
        sentinelTLS: tls,
        enableTLSForSentinelMode: tls !== undefined,
      });
};
