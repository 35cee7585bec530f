/** The parts of one partition. Scripts name them in this order. */
export const parts = [
  'head',
  'states',
  'keys',
  'wakes',
  'outbox',
  'parked',
  'jobs',
  'results',
  'queued',
  'delayed',
  'leases',
  'working',
  'counts',
  'summaries',
] as const;

export type RedisKeyPart = (typeof parts)[number];

/** Identifies data by the prefix of every key, and by the service. */
export interface RedisNames {
  readonly prefix: string;
  readonly service: string;
}

/** The location of data. Several generations exist side by side while a store is rebuilt. */
export interface RedisPlace extends RedisNames {
  readonly generation: string;
}

/**
 * One hash tag per service and partition, in every generation, so that a script reaches all of it on a cluster, too.
 */
const tagged = ({ prefix, service }: RedisNames, partition: number): string => `${prefix}:{${service}:${partition}}`;

export const keyOf = (place: RedisPlace, partition: number, part: RedisKeyPart): string =>
  `${tagged(place, partition)}@${place.generation}:${part}`;

export const keysOf = (place: RedisPlace, partition: number): readonly string[] =>
  parts.map((part) => keyOf(place, partition, part));

/** The generation in which the partition was last claimed. */
export const claimedKey = (names: RedisNames, partition: number): string => `${tagged(names, partition)}:claimed`;

/** The present generation of the service. */
export const pointerKey = ({ prefix, service }: RedisNames): string => `${prefix}:current:${service}`;

/** The programs that work on the service's store. */
export const programsKey = ({ prefix, service }: RedisNames): string => `${prefix}:programs:${service}`;

/** The channel of the notifications about jobs. */
export const channelOf = ({ prefix, service }: RedisNames): string => `${prefix}:jobs:${service}`;
