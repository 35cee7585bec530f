/** The parts of one partition; scripts name them in this order. */
export const parts = ['head', 'states', 'keys', 'wakes', 'outbox', 'parked', 'jobs', 'queued', 'delayed', 'leases', 'working', 'counts'] as const;

export type Part = (typeof parts)[number];

/** Where a service's data lies: `prefix:service@generation`. Generations lie side by side while a store is rebuilt. */
export interface Place {
  readonly prefix: string;
  readonly service: string;
  readonly generation: string;
}

/** One hash tag per service and partition, whatever the generation: a script reaches all of it on a cluster too. */
export const keyOf = ({ prefix, service, generation }: Place, partition: number, part: Part): string => `${prefix}:{${service}:${partition}}@${generation}:${part}`;

export const keysOf = (place: Place, partition: number): readonly string[] => parts.map((part) => keyOf(place, partition, part));

/** On which what happens to jobs is told. */
export const channelOf = ({ prefix, service }: Pick<Place, 'prefix' | 'service'>): string => `${prefix}:${service}:jobs`;
