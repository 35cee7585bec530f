import { markedTopicOf, mostExceptions, type App, type Mark, type MarkCode } from '@assay/events';
import { covers } from '../config/config.ts';
import type { Decider } from '../decider/decider.ts';
import type { ParkedRef } from '../parking/parked-keys.ts';
import type { CheckpointChange, Job, LaneJob, PartitionCheckpoint } from '../stores/store.ts';
import { withoutCode, type Exceptions } from './by-registry.ts';
import { markAfter, type DueMark, type PartitionMark } from './partition-mark.ts';

/** The lane of jobs that a mark waits for: they assess keys with the database of the mark. */
export const markedLane = 'rescan';

/** One more than a mark may except. A longer list need not be known. */
export const tooMany = mostExceptions + 1;

type Marking<C> = Pick<Decider<never, never, C>, 'app' | 'mark' | 'markMatters' | 'registriesIn'>;

/** True if a service answers the marks of another: it vouches for what it received before them. */
const isAnswering = (app: App): boolean => markedTopicOf(app, 'consumes') !== undefined;

const owed = <C>({ mark }: Marking<C>, config: C, { marks = {} }: PartitionCheckpoint): DueMark | undefined =>
  mark?.({ config, marks });

/**
 * The mark that a partition owes, if every key was evaluated by the present config. The answer to a mark does not wait
 * for that: it rests on the events before the mark, and all of them were answered.
 */
export const dueMark = <C>(
  decider: Marking<C>,
  config: { readonly value: C; readonly offsets: PartitionCheckpoint['configEvaluated'] },
  checkpoint: PartitionCheckpoint,
): DueMark | undefined =>
  checkpoint.restored &&
  checkpoint.evaluated &&
  (isAnswering(decider.app) || covers(checkpoint.configEvaluated, config.offsets))
    ? owed(decider, config.value, checkpoint)
    : undefined;

const digest = /^sha256:[0-9a-f]{64}$/;

/** The exceptions of a mark, and the jobs that it has to wait for. */
interface Outstanding extends Exceptions {
  /** Keys that are excepted for a job in trouble alone. */
  readonly troubled: ReadonlySet<string>;
  /** Jobs that the mark has to wait for. */
  readonly open: readonly LaneJob[];
}

/** The keys and registries that a mark does not cover, each with a code, and the jobs that it has to wait for. */
export const exceptionsOf = ({
  answered,
  parked,
  failing,
  behind,
  dropped,
  jobs,
}: {
  readonly answered: PartitionMark | undefined;
  readonly parked: Iterable<Pick<ParkedRef, 'key' | 'code'>>;
  readonly failing: Iterable<string>;
  readonly behind: Iterable<string>;
  readonly dropped: Iterable<string>;
  readonly jobs: readonly LaneJob[];
}): Outstanding => {
  const reasons = new Map<string, string>();
  const add = (key: string, reason: string): void => {
    if (!reasons.has(key)) reasons.set(key, reason);
  };
  for (const each of answered?.except ?? []) add(each.digest, each.reason);
  // A record with another key is none of an image.
  for (const { key, code } of parked) if (digest.test(key)) add(key, code);
  for (const key of failing) add(key, 'decision-failed' satisfies MarkCode);
  for (const key of dropped) if (digest.test(key)) add(key, 'dropped' satisfies MarkCode);
  for (const key of behind) add(key, 'later-result' satisfies MarkCode);
  const others = new Set(reasons.keys());
  for (const { key, state, trouble } of jobs)
    if (trouble && state !== 'finished') add(key, (trouble as { readonly code?: string }).code ?? withoutCode);
  return {
    registries: answered?.registries ?? [],
    troubled: new Set([...reasons.keys()].filter((key) => !others.has(key))),
    except: [...reasons].map(([key, reason]) => ({ digest: key, reason })),
    open: jobs.filter(({ key }) => !reasons.has(key)),
  };
};

/**
 * The registries of keys with jobs, by key. A key is left out if one of its jobs does not name them.
 *
 * @param registriesIn the registries that have the key of a job, by its payload
 */
export const registriesOfKeys = (
  jobs: readonly Pick<Job, 'key' | 'lane' | 'payload'>[],
  registriesIn: NonNullable<Marking<never>['registriesIn']>,
): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...Map.groupBy(jobs, ({ key }) => key)].flatMap(([key, all]): [string, readonly string[]][] => {
      const named = all.filter(({ lane }) => lane === markedLane).map(({ payload }) => registriesIn(payload));
      return named.length > 0 && named.every(({ length }) => length > 0) ? [[key, [...new Set(named.flat())]]] : [];
    }),
  );

interface PartReceived {
  readonly topic: string;
  readonly mark?: Mark | undefined;
  /** Keys that received an event. */
  readonly keys: readonly string[];
  /** Keys in whose state nothing is missing. */
  readonly whole: readonly string[];
  /** Keys of which an event was dropped, and that are not whole since. */
  readonly dropped: readonly string[];
}

/**
 * The changes by a part of a batch, which ends with a mark or has none. While a mark is not answered, keys that receive
 * anything behind it are remembered: a late answer stands behind their events too, and must not cover them.
 */
export const changesByReceived = <C>(
  decider: Marking<C>,
  config: C,
  checkpoint: PartitionCheckpoint,
  { topic, mark, keys, whole, dropped }: PartReceived,
): CheckpointChange => {
  if (topic !== markedTopicOf(decider.app, 'consumes')) return {};
  const { marks, awaitsMark, behindMark = [] } = checkpoint;
  return {
    ...(decider.mark ? droppedAfter(checkpoint.dropped, whole, dropped) : {}),
    ...(mark
      ? {
          marks: { received: markAfter(marks?.received, mark) },
          ...(behindMark.length > 0 ? { behindMark: [] } : {}),
          // All keys are evaluated as if a decision had lapsed. The last page of that finds out the next lapse.
          ...(awaitsMark || decider.markMatters?.(mark.data, config) ? { awaitsMark: false, lapsesAt: 0 } : {}),
        }
      : behindAfter(behindMark, owed(decider, config, checkpoint) ? keys : [])),
  };
};

const behindAfter = (known: readonly string[], keys: readonly string[]): CheckpointChange => {
  const more = keys.filter((key) => !known.includes(key));
  return more.length === 0 || known.length >= tooMany ? {} : { behindMark: [...known, ...more].slice(0, tooMany) };
};

/** The list has no bound: each of its keys is an order of an operator, and ends with the next event that is whole. */
const droppedAfter = (
  known: readonly string[] = [],
  whole: readonly string[],
  more: readonly string[],
): CheckpointChange => {
  if (known.length === 0 && more.length === 0) return {};
  const keys = [...new Set([...known.filter((key) => !whole.includes(key)), ...more])];
  return keys.length === known.length && keys.every((key, index) => key === known[index]) ? {} : { dropped: keys };
};
