import { systemClock, type Clock } from './clock.ts';
import { silent, type Observer } from './observer.ts';
import type { Wait } from '@assay/messaging';
import { laneOf } from './jobs/lane.ts';
import type { Store } from './stores/store.ts';
import type { PartitionProcessor } from './processor/partition-processor.ts';

/** The work that one instance of a service has before it. */
export interface ServiceFigures {
  /** Number of records in the log that it has not received, in the partitions that it owns. */
  readonly lag: number;
  /** Age of the oldest event that it emitted and that is not in the log yet, seconds. */
  readonly outboxAgeSeconds: number;
  /** Of recommendation, in s: time since its read model is known to have held the whole log, or is being filled. */
  readonly viewBehindSeconds?: number;
}

export interface FigurePorts {
  /** Topics whose events may be parked. */
  readonly consumes: readonly string[];
  /** Number of events by topic that another part of this instance has parked. They count for the service, too. */
  readonly parkedElsewhere?: (() => Promise<Readonly<Record<string, number>>>) | undefined;
  readonly store: Pick<Store, 'oldestJobs'>;
  readonly observer?: Observer | undefined;
  readonly clock?: Clock | undefined;
}

/** Age of the oldest of some moments (ms since the epoch), ms. Zero without any. */
export const ageOf = (moments: readonly (number | undefined)[], clock: Clock): number =>
  Math.max(0, ...moments.map((moment = Infinity) => clock.now() - moment));

type Figures = Pick<PartitionProcessor<never, never, never>, 'parkedIn' | 'unsentSince' | 'standstill'>;

const seconds = (ms: number): number => ms / 1000;

/** The sums of two figures by topic. */
const summed = (
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => ({
  ...one,
  ...Object.fromEntries(Object.entries(other).map(([topic, more]) => [topic, (one[topic] ?? 0) + more])),
});

/** Exposes figures about the partitions that an instance owns at the time of reading. Returns functions to end this. */
export const watchFigures = (
  workers: ReadonlyMap<number, Figures>,
  { lag, waits }: { readonly lag: () => Promise<number>; readonly waits: () => readonly Wait[] },
  { consumes, store, parkedElsewhere = async () => ({}), observer = silent, clock = systemClock }: FigurePorts,
): readonly (() => void)[] => {
  const each = <T>(figure: (worker: Figures) => T): T[] => [...workers.values()].map(figure);
  return [
    observer.watch('consumer.lag', lag),
    observer.watch('events.parked.now', async () =>
      summed(
        Object.fromEntries(
          consumes.map((topic) => [
            topic,
            each((worker) => worker.parkedIn(topic)).reduce((sum, parked) => sum + parked, 0),
          ]),
        ),
        await parkedElsewhere(),
      ),
    ),
    observer.watch(
      'partitions.halted.now',
      async () => each(({ standstill }) => standstill).filter((standstill) => standstill !== undefined).length,
    ),
    observer.watch('partitions.waiting', async () => waits().length),
    observer.watch('outbox.age', async () =>
      seconds(
        ageOf(
          each(({ unsentSince }) => unsentSince),
          clock,
        ),
      ),
    ),
    observer.watch('jobs.age', async () => {
      const lanes = (await Promise.all([...workers.keys()].map((partition) => store.oldestJobs(partition)))).flatMap(
        (oldest) => Object.entries(oldest),
      );
      return Object.fromEntries(
        [...Map.groupBy(lanes, ([lane]) => laneOf(lane))].map(([lane, oldest]) => [
          lane,
          seconds(
            ageOf(
              oldest.map(([, putAt]) => putAt),
              clock,
            ),
          ),
        ]),
      );
    }),
  ];
};
