import type { Cluster, Redis } from 'ioredis';
import { answered } from './failure.ts';
import { keysOf, type RedisPlace } from './keys.ts';
import { scripts, type ScriptName } from './scripts.ts';

export type Client = Redis | Cluster;

const commandOf = <Name extends string>(script: Name) => `assay:${script}` as const;

/** Options of every client: each script is one command. */
export const scriptCommands = Object.fromEntries(
  Object.entries(scripts).map(([name, { lua, keys }]) => [commandOf(name), { lua, numberOfKeys: keys }]),
);

export type RedisArg = string | number | Buffer;

type Args = readonly RedisArg[];

/** The client makes two commands of each script: one whose reply is text, and one whose reply is bytes. */
type Commands<T> = Record<`assay:${ScriptName}${'' | 'Buffer'}`, (args: Args) => Promise<T>>;

/** Scripts with states in their reply. */
const withBytes: ReadonlySet<ScriptName> = new Set<ScriptName>(['read', 'scan']);

export const runOn = async <T>(client: Client, script: ScriptName, keys: readonly string[], args: Args): Promise<T> =>
  answered(
    (client as unknown as Commands<T>)[`${commandOf(script)}${withBytes.has(script) ? 'Buffer' : ''}`]([
      ...keys,
      ...args,
    ]),
  );

/** Runs a script on one partition. */
export const run = async <T>(
  client: Client,
  script: ScriptName,
  place: RedisPlace,
  partition: number,
  args: Args,
): Promise<T> => runOn(client, script, keysOf(place, partition), args);
