import { connected } from './connect.ts';
import { RedisFailure } from './failure.ts';
import { fitnessOf } from './fitness.ts';
import { generationNamed, RedisGenerations } from './generations.ts';
import type { RedisSettings } from './settings.ts';
import { RedisStore } from './store.ts';

export interface RedisStoreOptions {
  readonly settings: RedisSettings;
  readonly service: string;
  readonly partitions: number;
  /** For a rebuild: works in this generation, beside the present one. */
  readonly generation?: string | undefined;
  /** Called when a connection fails. The connection recovers by itself. */
  readonly onError: (error: Error) => void;
  /** Receives one line for each warning about this Redis, and for a switch to another generation. */
  readonly onWarning?: ((line: string) => void) | undefined;
}

/**
 * Connects to Redis and opens one service's store in it. The client library is loaded only here.
 * @throws RedisFailure if Redis does not answer now (`redis-unreachable`: try again), refuses the user or is not fit
 * for it
 */
export const openRedisStore = async ({
  settings,
  service,
  partitions,
  generation,
  onError,
  onWarning,
}: RedisStoreOptions): Promise<RedisStore> => {
  const names = { prefix: settings.prefix, service };
  const client = await connected(settings, service, onError);
  try {
    for (const warning of await fitnessOf(client)) onWarning?.(warning);
    if (
      generation !== undefined &&
      (await new RedisGenerations(client, names, partitions).read()).current === generationNamed(generation)
    ) {
      throw new RedisFailure(
        'redis-failed',
        `generation ${generation} of ${service} is the present one: fill another beside it`,
      );
    }
    const subscriber = await connected(settings, service, onError);
    try {
      return await new RedisStore({
        client,
        subscriber,
        names,
        partitions,
        beside: generation,
        switched: onWarning,
        failed: (error) => onError(error as Error),
      }).open();
    } catch (error) {
      subscriber.disconnect();
      throw error;
    }
  } catch (error) {
    client.disconnect();
    throw error;
  }
};

/** Opens the generations of a service's data, to switch between them. */
export const openRedisGenerations = async ({
  settings,
  service,
  partitions,
  onError,
}: RedisStoreOptions): Promise<RedisGenerations> =>
  new RedisGenerations(await connected(settings, service, onError), { prefix: settings.prefix, service }, partitions);

/**
 * Checks whether Redis answers, accepts the user and can be trusted with a store. Writes nothing.
 * @returns warnings
 * @throws RedisFailure if it does not answer, refuses the user or is not fit
 */
export const examineRedis = async (settings: RedisSettings): Promise<readonly string[]> => {
  const client = await connected(settings, 'doctor', () => undefined);
  try {
    return await fitnessOf(client);
  } finally {
    client.disconnect();
  }
};
