/** The parts of one partition; scripts name them in this order. */
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
] as const;

export type Part = (typeof parts)[number];

/** Whose data it is: the prefix of every key, and the service. */
export interface Names {
  readonly prefix: string;
  readonly service: string;
}

/** Where data lies: generations lie side by side while a store is rebuilt. */
export interface Place extends Names {
  readonly generation: string;
}

/** One hash tag per service and partition, whatever the generation: a script reaches all of it on a cluster too. */
const tagged = ({ prefix, service }: Names, partition: number): string => `${prefix}:{${service}:${partition}}`;

export const keyOf = (place: Place, partition: number, part: Part): string =>
  `${tagged(place, partition)}@${place.generation}:${part}`;

export const keysOf = (place: Place, partition: number): readonly string[] =>
  parts.map((part) => keyOf(place, partition, part));

/** Which generation the partition was claimed in last. */
export const claimedKey = (names: Names, partition: number): string => `${tagged(names, partition)}:claimed`;

/** Which generation is the service's present one. */
export const pointerKey = ({ prefix, service }: Names): string => `${prefix}:current:${service}`;

/** Which programs work on the service's store. */
export const programsKey = ({ prefix, service }: Names): string => `${prefix}:programs:${service}`;

/** On which what happens to jobs is told. */
export const channelOf = ({ prefix, service }: Names): string => `${prefix}:jobs:${service}`;
