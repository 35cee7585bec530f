import { clientFor } from './connect.ts';
import type { RedisSettings } from './settings.ts';
import { RedisStore } from './store.ts';

export interface RedisStoreOptions {
  readonly settings: RedisSettings;
  readonly service: string;
  readonly partitions: number;
  /** Is told when a connection fails; it is mended by itself. */
  readonly onError: (error: Error) => void;
}

/** Connects to Redis and opens one service's store in it. Only here is the client library loaded. */
export const openRedisStore = async ({ settings, service, partitions, onError }: RedisStoreOptions): Promise<RedisStore> => {
  const [client, subscriber] = [await clientFor(settings, service), await clientFor(settings, service)];
  for (const each of [client, subscriber]) each.on('error', onError);
  await Promise.all([client.connect(), subscriber.connect()]);
  return new RedisStore(client, subscriber, { prefix: settings.prefix, service, generation: '1' }, partitions).open();
};
