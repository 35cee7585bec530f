import type { Cluster, Redis } from 'ioredis';
import { keysOf, parts, type Place } from './keys.ts';
import { scripts, type ScriptName } from './scripts.ts';

export type Client = Redis | Cluster;

const commandOf = (script: string): string => `assay:${script}`;

/** What every client is made with, so that each script is one command. */
export const scriptCommands = Object.fromEntries(Object.entries(scripts).map(([name, lua]) => [commandOf(name), { lua, numberOfKeys: parts.length }]));

/** Runs a script on one partition. */
export const run = async <T>(client: Client, script: ScriptName, place: Place, partition: number, ...args: readonly (string | number)[]): Promise<T> =>
  (client as unknown as Record<string, (args: readonly (string | number)[]) => Promise<T>>)[commandOf(script)]!([...keysOf(place, partition), ...args]);
