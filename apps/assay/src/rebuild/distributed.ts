import { setTimeout as pause } from 'node:timers/promises';
import {
  openRedisGenerations,
  openRedisStore,
  Rebuilding,
  RedisFailure,
  redisSettings,
  silent,
  type Pointer,
  type RedisGenerations,
  type Service,
  type Store,
} from '@assay/event-sourcing';
import { kafkaSettings, openKafkaLog, type EventLog } from '@assay/messaging';
import { declaredPartitions } from '@assay/settings';
import { namedServers } from '../settings.ts';
import type { SurroundingOptions } from '../suite/suite.ts';
import { Failure } from '../terminal/failure.ts';
import { facetsOf } from './facets.ts';
import { compareMoving } from './moving.ts';
import type { Rebuilt } from './rebuild.ts';
import { isSame, type Comparison } from './stores.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface DistributedRebuild extends Pick<SurroundingOptions, 'env' | 'telemetry' | 'progress' | 'failed'> {
  readonly service: Service;
  /** Switch over even if the new store differs. */
  readonly force: boolean;
}

/** True if the environment names Kafka or Redis. It must then name both. */
export const isDistributed = (env: Env): boolean => {
  const { kafka, redis } = namedServers.read(env);
  return kafka || redis;
};

/** Returns a number above all known generations. Leftovers of an earlier attempt in it are removed. */
const nextOf = ({ current, previous = '0' }: Pointer): string =>
  String(Math.max(Number(current), Number(previous)) + 1);

/**
 * Restores a new generation of a service's store from the log while the service runs. Compares it with the current
 * generation and switches over. The owners of the partitions handle events that arrive meanwhile, or during the switch.
 */
export const rebuildDistributed = (options: DistributedRebuild): Promise<Rebuilt> =>
  withGenerations(options, async (generations) => {
    const begun = performance.now();
    const {
      env,
      service: { name, decider },
      telemetry,
      progress,
      failed,
      force,
    } = options;
    const partitions = declaredPartitions.read(env);
    const pointer = await generations.read();
    const generation = nextOf(pointer);
    return withKafka(options, (log) =>
      withStores(options, generation, async (live, rebuilt) => {
        const rebuilding = new Rebuilding(decider, {
          log,
          store: rebuilt,
          tracer: telemetry.tracer(name),
          observer: { ...silent, failed },
        });
        try {
          if (!(await isKnown(live, partitions)))
            progress(
              `${name}: this Redis has no state of it to compare a new store with. If you expect some, check ` +
                'ASSAY_REDIS_URL and ASSAY_REDIS_PREFIX',
            );
          await rebuilding.open();
          for (let partition = 0; partition < partitions; partition += 1) {
            await rebuilding.fill(partition);
            progress(`${name}: partition ${partition + 1} of ${partitions} filled from the log`);
          }
          progress(`${name}: comparing`);
          const comparisons = await comparedBy(name, {
            live,
            rebuilt,
            partitions,
            fill: (partition) => rebuilding.fill(partition),
          });
          const same = comparisons.every(isSame);
          const switched = same || force;
          if (switched) {
            // Owners restore what is missing, so catch up before the switch to keep their pause short.
            for (let partition = 0; partition < partitions; partition += 1) await rebuilding.fill(partition);
            await switchTo(generations, generation, options);
            if (pointer.previous !== undefined) await generations.drop(pointer.previous);
          }
          return {
            service: name,
            comparisons,
            same,
            switched,
            seconds: (performance.now() - begun) / 1000,
            generations: { before: pointer.current, after: generation },
          };
        } finally {
          await rebuilding.close();
        }
      }),
    );
  });

/** Owners poll the pointer every 2 s, and their partitions every 3 s. */
const takenOverMs = 8000;

/** Switches over and waits until the owners follow, so that the next command finds them there. */
const switchTo = async (
  generations: RedisGenerations,
  generation: string,
  { service: { name }, progress }: DistributedRebuild,
): Promise<void> => {
  await generations.switchTo(generation);
  progress(`${name}: switched to generation ${generation}; its owners follow`);
  let behind = await generations.behind();
  for (const until = Date.now() + takenOverMs; behind > 0 && Date.now() < until; behind = await generations.behind())
    await pause(100);
  if (behind > 0)
    progress(
      `${name}: ${behind} partitions have no owner in generation ${generation} yet: the next process to run or ` +
        'start takes them over',
    );
};

const comparedBy = async (
  service: string,
  moving: Parameters<typeof compareMoving>[1],
): Promise<readonly Comparison[]> => {
  const compared: Comparison[] = [];
  for (const facet of facetsOf(service)) compared.push(await compareMoving(facet, moving));
  // An empty Redis gives nothing to compare a new store with.
  return (await isKnown(moving.live, moving.partitions))
    ? compared
    : compared.map((one) => ({ ...one, before: undefined, differing: [] }));
};

const isKnown = async (live: Pick<Store, 'checkpoint'>, partitions: number): Promise<boolean> =>
  (await Promise.all(Array.from({ length: partitions }, (_, partition) => live.checkpoint(partition)))).some(
    (head) => head?.restored,
  );

export interface Switched {
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

/** Makes the previous generation the current one again. */
export const switchBack = (options: DistributedRebuild): Promise<Switched> =>
  withGenerations(options, async (generations) => {
    const pointer = await generations.read();
    const to = earlierOf(options.service.name, pointer);
    await switchTo(generations, to, options);
    return { service: options.service.name, from: pointer.current, to };
  });

/**
 * Returns the generation to go back to. New generations have higher numbers, so a kept generation above the current one
 * was left by going back.
 * @throws Failure if no earlier generation is kept
 */
export const earlierOf = (service: string, { current, previous }: Pick<Pointer, 'current' | 'previous'>): string => {
  if (previous === undefined) throw nothingKept(service);
  if (Number(previous) < Number(current)) return previous;
  throw new Failure(
    'failed',
    `${service} is back in generation ${current} already, and no earlier one is kept; it came from ` +
      `generation ${previous}`,
    `\`assay rebuild ${service}\` makes a new one`,
  );
};

/** Removes the previous generation, and with it the way back. */
export const dropPrevious = (
  options: DistributedRebuild,
): Promise<{ readonly service: string; readonly dropped: string }> =>
  withGenerations(options, async (generations) => {
    const { previous } = await generations.read();
    if (previous === undefined) throw nothingKept(options.service.name);
    await generations.drop(previous);
    return { service: options.service.name, dropped: previous };
  });

const nothingKept = (name: string): Failure =>
  new Failure(
    'failed',
    `no earlier generation of ${name} is kept`,
    `\`assay rebuild ${name}\` makes a new one and keeps the present one`,
  );

const redisOf = ({ env, service: { name: service }, failed }: DistributedRebuild) => ({
  settings: redisSettings(env),
  service,
  partitions: declaredPartitions.read(env),
  onError: (error: Error) => failed(service, 'Redis', error),
});

const withGenerations = async <T>(
  options: DistributedRebuild,
  work: (generations: RedisGenerations) => Promise<T>,
): Promise<T> => {
  const generations = await openRedisGenerations(redisOf(options));
  try {
    return await work(generations);
  } finally {
    await generations.close();
  }
};

const withStores = async <T>(
  options: DistributedRebuild,
  generation: string,
  work: (live: Store, rebuilt: Store) => Promise<T>,
): Promise<T> => {
  const stores: Store[] = [];
  const open = async (number: string | undefined): Promise<Store> => {
    const store = await openRedisStore({ ...redisOf(options), generation: number });
    stores.push(store);
    return store;
  };
  try {
    return await work(await open(undefined), await open(generation));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'fenced') throw error;
    throw new RedisFailure('redis-failed', `another process rebuilds ${options.service.name}: wait until it has ended`);
  } finally {
    for (const store of stores) await store.close();
  }
};

const withKafka = async <T>(
  { env, service: { name }, failed }: DistributedRebuild,
  work: (log: EventLog) => Promise<T>,
): Promise<T> => {
  const log = await openKafkaLog(kafkaSettings(env), {
    partitions: declaredPartitions.read(env),
    clientId: `assay-rebuild-${name}`,
    report: (operation, failure) => failed(name, operation, failure),
  });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
};
