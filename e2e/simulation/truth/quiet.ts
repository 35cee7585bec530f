import type { Trouble } from '@assay/event-sourcing';
import { configTopics, isTagKey, placementKey, stepOf, type App, type DataOf, type Topic } from '@assay/events';
import { kindOf } from '../../laws/records.ts';
import type { LogRecord } from '@assay/messaging';
import { eventOf, type Emitted } from '../invariants/facts.ts';
import { tagEvents, wrongTags } from '../invariants/tags.ts';
import type { SimulatedRecords } from '../log/records.ts';
import { readTopics, type ReadModelFile } from '../services/read-model.ts';
import { services } from '../services/services.ts';
import type { StoreServer } from '../store/memory.ts';
import type { StoryPush } from '../story/story.ts';
import type { TruthLedger } from './ledger.ts';

export interface Everything {
  readonly records: SimulatedRecords;
  readonly stores: Readonly<Record<App, StoreServer>>;
  /** Files of recommendation's read models. */
  readonly files: readonly ReadModelFile[];
  readonly ledger: TruthLedger;
  /** Into registries whose images are to be assessed. */
  readonly pushes: readonly StoryPush[];
  /** Login servers of the others: no sweep finds what is gone from them. */
  readonly away: readonly string[];
  /** Virtual time, ms since the epoch. */
  readonly now: number;
}

const known = new WeakMap<LogRecord, Emitted>();

/** Cached, because the log is checked often and reading takes time. */
const readOnce = (record: LogRecord): Emitted => {
  const event = known.get(record) ?? eventOf({ topic: record.topic as Topic, record, at: 0 });
  known.set(record, event);
  return event;
};

/** The config position that each app must reach: after the last config event that can change an answer. */
const goals = ({ records }: Everything, app: App): [string, number][] =>
  stepOf(app).config.map((topic): [string, number] => {
    const { program } = services[app];
    const last = records.of(topic, 0).findLast((record) => program.matters?.(readOnce(record)) ?? true);
    return [topic, last === undefined ? 0 : last.offset + 1];
  });

/**
 * The remaining work, in words; nothing if every event was received and answered. Generated one by one, since mostly it
 * only matters whether there is any.
 */
export function* unfinished(all: Everything): Generator<string> {
  const { records, stores, now } = all;
  for (const app of Object.keys(stores) as App[]) {
    const walks = goals(all, app);
    for (let partition = 0; partition < records.partitions; partition += 1) {
      const { head, outbox, jobs, states, parked, wentBackTo } = stores[app].rows(partition);
      const at = `${app}/${partition}`;
      if (head.standstill) {
        if (!isIn(records, 'operator.acted', 0, head.standstill.id)) yield `${at} has not said that it stands still`;
        continue;
      }
      if (!head.restored || !head.evaluated) yield `${at} is not filled`;
      for (const topic of stepOf(app).consumes)
        if ((head.offsets[topic] ?? 0) < records.end(topic, partition)) yield `${at} has not heard all of ${topic}`;
      for (const [topic, end] of walks)
        if ((head.configEvaluated[topic] ?? 0) < end) yield `${at} has not walked to the end of ${topic}`;
      // If the store was rolled back behind a trim, sent records stay in the outbox until the next emission. Only their
      // being sent counts.
      if (
        outbox.some(
          ({ position, topic, partition: target, headers }) =>
            position > wentBackTo || !isIn(records, topic, target, headers.ce_id!),
        )
      )
        yield `${at} has not sent its outbox, or not forgotten what it sent`;
      for (const { topic, offset, code } of parked.values()) yield `${at} has parked ${topic}/${offset}: ${code}`;
      // A job for an image that is gone retries until the deletion is reported. A partition that stands still does not
      // report it, because its topic was cut.
      for (const { id, state, trouble } of jobs.values()) {
        const isUnswept = records.isCut || all.away.some((loginServer) => id.startsWith(`inspect/${loginServer}|`));
        if (!isUnswept || trouble === undefined || (JSON.parse(trouble) as Trouble).patience !== 'later')
          yield `${at} has a job ${id} that is ${state}`;
      }
      for (const { key, wakeAt } of states.values())
        if (wakeAt !== undefined && (wakeAt <= now || isTagKey(key)))
          yield `${at} is late to ask about ${key.slice(0, 15)}`;
    }
  }
  yield* unmarked(all);
  // After a cut, the expected content of read models and sweeps is unknown.
  if (records.isCut) return;
  yield* unread(all);
  yield* unnoticed(all);
  yield* wrongTags(
    tagEvents((topic) => dataOf(all, topic)),
    all.pushes,
  );
}

/** The data that a reader accepts: the late records of an owner that lost its partition do not count. */
const dataOf = <T extends Topic>({ ledger }: Everything, topic: T): DataOf<T>[] =>
  ledger.reader.received
    .filter(({ record }) => kindOf(record) === topic)
    .flatMap(({ record }) => readable(record))
    .filter((data): data is DataOf<T> => 'repository' in data);

/** The data of a record, unless it is damaged. */
const readable = (record: LogRecord): object[] => {
  try {
    return [readOnce(record).data];
  } catch {
    return [];
  }
};

/** Partitions whose marks are not those of the last announcement yet. */
function* unmarked({ records, stores }: Everything): Generator<string> {
  const newest = records.of('advisories.updated', 0).at(-1)?.offset;
  if (newest === undefined || records.isCut) return;
  for (const app of ['sandbox-runner', 'classifier'] as const)
    for (let partition = 0; partition < records.partitions; partition += 1)
      if (stores[app].rows(partition).head.marks?.emitted?.announced !== newest)
        yield `${app}/${partition} has not marked the last announcement`;
}

/** Events that a read model has yet to write. */
function* unread({ files, records }: Everything): Generator<string> {
  for (const [index, { positions }] of files.entries()) {
    for (const topic of readTopics) {
      for (let partition = 0; partition < records.partitions; partition += 1) {
        if ((positions.get(`${topic}/${partition}`)?.next ?? 0) < records.end(topic, partition))
          yield `read model ${index + 1} has not written all of ${topic}/${partition}`;
      }
    }
  }
}

/** Changes that a sweep has yet to find: a tag without a notification, an image that is gone. */
const unnoticed = ({ ledger, pushes }: Everything): string[] =>
  pushes.flatMap(({ image: { digest }, registry, repository }) => {
    const state = registry.state(repository, digest);
    const known = ledger.placements.get(placementKey({ registryId: registry.registryId, repository, digest }));
    const isPushed = known !== undefined && known.pushedAt > known.deletedAt;
    return (state === 'tagged' && !isPushed) || (state === 'gone' && isPushed)
      ? [`nobody knows that ${repository}@${digest.slice(0, 15)} is ${state}`]
      : [];
  });

const isIn = (records: SimulatedRecords, topic: string, partition: number, id: string): boolean =>
  records
    .of(topic, (configTopics as readonly Topic[]).includes(topic as Topic) ? 0 : partition)
    .some(({ headers }) => headers.ce_id === id);
