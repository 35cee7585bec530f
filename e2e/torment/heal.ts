import { setTimeout as pause } from 'node:timers/promises';
import { Api } from '../../apps/assay/dist/client/api.js';
import type { TormentScene } from './scene/scene.ts';

const patienceMs = 90_000;

/** Tries until it succeeds, as an operator does. */
const persistently = async <T>(action: string, does: () => Promise<T>): Promise<T> => {
  for (const deadline = Date.now() + patienceMs; ; await pause(1000)) {
    try {
      return await does();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${action}: ${(error as Error).message}`, { cause: error });
    }
  }
};

/**
 * Starts everything again, opens every road, switches on every plan, and drops what could not be read.
 * @returns the number of parked records
 */
export const heal = async ({ ground: { kafka, redis, roads }, suite, registries }: TormentScene): Promise<number> => {
  for (const road of roads) for (const each of [road.kafka, road.redis]) each.resume();
  for (const server of [kafka, redis]) if (!server.isRunning) await server.restart();
  for (const each of suite.processes) if (!each.runs) each.start();
  await persistently('not everything gets ready', () => Promise.all(suite.processes.map((each) => each.ready())));
  for (const { subscriptionId } of registries) await persistently('a plan', () => suite.switchOn(subscriptionId));
  return dropParked(suite.endpoint);
};

interface ParkedAnswer {
  readonly target: string;
  readonly waitsFor?: string;
}

/** Drops until nothing is parked; records that wait behind a dropped record go on by themselves. */
const dropParked = async ({ url, token }: TormentScene['suite']['endpoint']): Promise<number> => {
  const api = new Api(url, token);
  const dropped = new Set<string>();
  await persistently('what is parked', async () => {
    const parked = (await api.list('/assay/parked')) as readonly ParkedAnswer[];
    for (const { target } of parked.filter(({ waitsFor }) => waitsFor === undefined)) {
      const answer = await fetch(`${url}/assay/parked/${target}/drop`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ why: 'put there to torment' }),
      });
      if (answer.ok) dropped.add(target);
    }
    if (parked.length > 0)
      throw new Error(
        `${parked.length} are still parked: ${parked
          .slice(0, 3)
          .map(({ target }) => target)
          .join(', ')}`,
      );
  });
  return dropped.size;
};
