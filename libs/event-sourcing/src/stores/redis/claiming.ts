import { randomInt } from 'node:crypto';
import { present } from '@assay/events';
import type { PartitionClaim, OutboxRow } from '../store.ts';
import { runOn, type Client } from './client.ts';
import { answered, RedisFailure } from './failure.ts';
import { checkpointOf, pairs } from './head.ts';
import { claimedKey, keyOf, keysOf, type RedisPlace } from './keys.ts';
import type { Pointer } from './generations.ts';
import { recordIn } from './writing.ts';

/**
 * An instance's claim of a partition. Each claim draws a stamp, and each transaction adds one to it. So a store that
 * was rolled back within an epoch is detected, too.
 */
export interface RedisClaim {
  readonly epoch: number;
  stamp: number;
  /** Position of the last outbox row. */
  position: number;
}

export interface Claimed {
  readonly claim: PartitionClaim;
  readonly held: RedisClaim;
  readonly generation: string;
}

type Reply = readonly [head: string[], outbox: string[], parked: string[], working: string[]] | null;

/** Claims a partition in the present generation. */
export const claimIn = async (
  client: Client,
  place: Omit<RedisPlace, 'generation'>,
  partition: number,
  floor: number,
  pointer: () => Promise<Pointer>,
): Promise<Claimed> => {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { current, version } = await pointer();
    const [before, known] = await answered(client.hmget(claimedKey(place, partition), 'generation', 'version'));
    const here = { ...place, generation: current };
    // If the version is behind even after a second read, the pointer alone was rolled back, on another node of a
    // cluster.
    const at = attempt === 0 ? version : Math.max(version, Number(known ?? 0));
    const claimed = await take(client, here, partition, floor, { before: before ?? '', version: at });
    if (claimed) return claimed;
  }
  throw new RedisFailure(
    'redis-failed',
    `Redis: partition ${partition} of ${place.service} keeps changing its generation; the claim is retried`,
  );
};

/** Claims a partition of a generation that is restored beside the present one. Touches no other generation. */
export const claimBeside = async (
  client: Client,
  place: RedisPlace,
  partition: number,
  floor: number,
): Promise<Claimed> => present(await take(client, place, partition, floor), 'claim');

const take = async (
  client: Client,
  place: RedisPlace,
  partition: number,
  floor: number,
  from?: { readonly before: string; readonly version: number },
): Promise<Claimed | undefined> => {
  const stamp = randomInt(2 ** 47);
  const before = { ...place, generation: from?.before || place.generation };
  const reply = await runOn<Reply>(
    client,
    'claim',
    [
      ...keysOf(place, partition),
      claimedKey(place, partition),
      keyOf(before, partition, 'head'),
      keyOf(before, partition, 'outbox'),
    ],
    [floor, stamp, from ? place.generation : '', from?.before ?? '', from?.version ?? 0],
  );
  if (!reply) return undefined;
  const [fields, outbox, parked, working] = reply;
  const named = Object.fromEntries(pairs(fields));
  const checkpoint = checkpointOf(named);
  return {
    generation: place.generation,
    held: { epoch: checkpoint.epoch, stamp, position: Number(named.position ?? 0) },
    claim: {
      checkpoint,
      outbox: rowsOf(outbox),
      parkedKeys: [...new Set(parked.map(lastPart))],
      working: [...new Set(working.map(firstPart))],
    },
  };
};

const firstPart = (text: string): string => text.slice(0, text.indexOf('\0'));
const lastPart = (text: string): string => text.slice(text.lastIndexOf('\0') + 1);

const rowsOf = (flat: readonly string[]): OutboxRow[] =>
  pairs(flat).map(([row, position]) => ({ position: Number(position), ...recordIn(row) }));
