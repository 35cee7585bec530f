import { once } from 'node:events';
import { createServer } from 'node:net';
import { host, isFree } from '../../tools/services/ports.ts';
import type { PastRecord } from './record.ts';

/** Below the ports that `freePort` gives out. */
const firstPort = 17_000;
/** Three registries, and one port that stands for the set. */
const setSize = 4;
const mostSets = 100;

/**
 * The ports of a set. They are part of the names of images, so a past that was kept can be used only on its own.
 *
 * @throws RangeError if there is no such set
 */
export const portsOf = (set: number): PastRecord['ports'] => {
  if (!Number.isInteger(set) || set < 0 || set >= mostSets) throw new RangeError(`there is no set of ports ${set}`);
  const [shop, platform, research] = [1, 2, 3].map((n) => firstPort + set * setSize + n) as [number, number, number];
  return { shop, platform, research };
};

/**
 * Takes the first set of ports that no other process of this machine has. It is held by listening, so it is free again
 * when this process ends in any way.
 *
 * @returns its number
 * @throws Error if all are taken
 */
export const takePorts = async (): Promise<number> => {
  for (let set = 0; set < mostSets; set += 1) {
    const server = createServer().listen({ host, port: firstPort + set * setSize, exclusive: true });
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    const areFree = await Promise.all(Object.values(portsOf(set)).map((port: number) => isFree(port)));
    if (areFree.every(Boolean)) {
      server.unref();
      return set;
    }
    server.close();
  }
  throw new Error(`all ${mostSets} sets of ports for pasts are taken`);
};
