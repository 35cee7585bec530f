import { runOn, type Client } from './client.ts';
import { answered, RedisFailure } from './failure.ts';
import { claimedKey, keyOf, keysOf, pointerKey, type RedisNames } from './keys.ts';

/** The present generation of a service's data, and the previous one. `version` grows with every switch. */
export interface Pointer {
  readonly current: string;
  readonly previous?: string | undefined;
  readonly version: number;
}

/** Used if there was never a switch, or if the pointer was lost with everything else. */
export const firstGeneration = '1';

export const readPointer = async (client: Client, names: RedisNames): Promise<Pointer> => {
  const [current, previous, version] = await answered(
    client.hmget(pointerKey(names), 'current', 'previous', 'version'),
  );
  return { current: current || firstGeneration, ...(previous ? { previous } : {}), version: Number(version ?? 0) };
};

/**
 * The generations of one service's data. A rebuild fills another generation beside the present one, then the pointer is
 * switched.
 * Running instances notice a switch within seconds. Each owner of a partition drops what it read, claims the partition
 * again and is in the present generation then. That claim fences the owner in the previous generation and takes over
 * its outbox. If the previous generation emitted more than the present one knows, the partition is restored from the
 * log once more. So nothing needs to be stopped for a switch, or for the way back. If nothing is emitted meanwhile,
 * nothing is restored twice.
 */
export class RedisGenerations {
  constructor(
    private readonly client: Client,
    private readonly names: RedisNames,
    private readonly partitions: number,
  ) {}

  async read(): Promise<Pointer> {
    return readPointer(this.client, this.names);
  }

  /** Makes another generation the present one. The previous one is kept, for the way back. */
  async switchTo(generation: string): Promise<Pointer> {
    await runOn(this.client, 'switchTo', [pointerKey(this.names)], [generationNamed(generation), firstGeneration]);
    return this.read();
  }

  /** Counts partitions that were claimed before, but are not claimed and evaluated in the present generation yet. */
  async behind(): Promise<number> {
    const { current } = await this.read();
    const isBehind = async (partition: number): Promise<boolean> => {
      const generation = await answered(this.client.hget(claimedKey(this.names, partition), 'generation'));
      if (generation === null || generation !== current) return generation !== null;
      return (
        (await answered(this.client.hget(keyOf({ ...this.names, generation }, partition, 'head'), 'evaluated'))) !==
        'true'
      );
    };
    return (await Promise.all(Array.from({ length: this.partitions }, (_, partition) => isBehind(partition)))).filter(
      Boolean,
    ).length;
  }

  /** Removes a generation's data. If it was the previous one, there is no way back any more. */
  async drop(generation: string): Promise<void> {
    const { current, previous } = await this.read();
    if (current === generation)
      throw new RedisFailure(
        'redis-failed',
        `generation ${generation} of ${this.names.service} is the present one: switch to another before it is dropped`,
      );
    if (previous === generation) await answered(this.client.hdel(pointerKey(this.names), 'previous'));
    for (let partition = 0; partition < this.partitions; partition += 1)
      await answered(this.client.unlink(...keysOf({ ...this.names, generation }, partition)));
  }

  async close(): Promise<void> {
    this.client.disconnect();
  }
}

/** @throws TypeError if the name cannot be part of a key */
export const generationNamed = (name: string): string => {
  if (!/^[\w-]{1,32}$/.test(name))
    throw new TypeError(`a generation is named with letters, digits, _ and -, not '${name}'`);
  return name;
};
