import type { Redis } from 'ioredis';
import { at } from '@assay/events';
import type { Client } from './client.ts';
import { answered, RedisFailure } from './failure.ts';
import { pairs } from './head.ts';

const minVersion = 7;

const serverOf = (client: Client): Redis => ('nodes' in client ? at(client.nodes('master'), 0) : client);

/**
 * How far the local clock is ahead of the clock of Redis, ms, less half of the round trip.
 * @throws RedisFailure if Redis does not answer, or the user has no right to ask
 */
export const aheadMs = async (client: Client): Promise<number> => {
  const server = serverOf(client);
  const sentAt = Date.now();
  const [seconds, micros] = await answered(server.time());
  const halfMs = (Date.now() - sentAt) / 2;
  const ahead = sentAt + halfMs - (Number(seconds) * 1000 + Number(micros) / 1000);
  return Math.sign(ahead) * Math.max(0, Math.abs(ahead) - halfMs);
};

/**
 * Checks that Redis can be trusted with a store: it is new enough and evicts nothing. Settings that the user may not
 * read are taken to be right, as `CONFIG` is often withheld.
 * @returns warnings
 * @throws RedisFailure `redis-unfit`
 */
export const fitnessOf = async (client: Client): Promise<readonly string[]> => {
  const server = serverOf(client);
  const { version = '' } = Object.fromEntries(pairs(await answered(server.call('HELLO') as Promise<string[]>)));
  if (Number.parseInt(version, 10) < minVersion)
    throw new RedisFailure('redis-unfit', `Redis ${version} is too old: Assay needs ${minVersion} or newer`);
  // Leases run out by the clock of Redis. Without the right to read it, the first job would fail.
  await aheadMs(client);
  const eviction = await setting(server, 'maxmemory-policy');
  if (eviction !== undefined && eviction !== 'noeviction') {
    throw new RedisFailure(
      'redis-unfit',
      `Redis would delete data when its memory is full (maxmemory-policy ${eviction}): set it to noeviction`,
    );
  }
  const [appendOnly, save] = [await setting(server, 'appendonly'), await setting(server, 'save')];
  if (appendOnly === 'no' && save === '')
    return [
      'Redis has no persistence: after each restart of Redis all services read the whole log again; set ' +
        'appendonly to yes',
    ];
  return [];
};

const setting = async (server: Redis, name: string): Promise<string | undefined> => {
  try {
    return ((await answered(server.config('GET', name))) as string[])[1];
  } catch (error) {
    // Not allowed, or unknown under this name: a hosted Redis.
    if (error instanceof RedisFailure && ['redis-unauthorized', 'redis-failed'].includes(error.code)) return undefined;
    throw error;
  }
};
