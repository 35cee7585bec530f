import type { Store } from '@assay/event-sourcing';
import type { TagTask } from '@assay/ingestion/domain/tags';
import type { EventLog } from '@assay/messaging';
import { changed, type Wrapped } from './wrapped.ts';

/** Mistakes about tags and what runs. They are made of records on their way into the log, or of results of jobs. */

type Data = Readonly<Record<string, string | undefined>>;

/** Changes the events of one topic that are appended. */
const appending =
  (topic: string, change: (data: Data) => Data) =>
  (log: EventLog, store: Store): Wrapped => ({
    log: changed(log, {
      append: (records) =>
        log.append(
          records.map((record) =>
            record.topic === topic && record.value.startsWith('{"')
              ? { ...record, value: JSON.stringify(change(JSON.parse(record.value) as Data)) }
              : record,
          ),
        ),
    }),
    store,
  });

const dayMs = 24 * 60 * 60_000;

/** Tags were lost long ago. */
export const closesAtOnce = appending('image.tagged', (data) => ({
  ...data,
  at: new Date(Date.parse(data.at!) - 15 * dayMs).toISOString(),
}));

export const closesWhatRuns = appending('image.running', (data) => ({ ...data, state: 'gone' }));

/** Each index is taken for the same one, so that the last word counts for all. */
export const forgetsIndexes = appending('notification.received', (data) =>
  data.listedIn === undefined ? data : { ...data, listedIn: `sha256:${'0'.repeat(64)}` },
);

/** The answer about a tag is the digest that the notification named. */
export const believesNotices = (log: EventLog, store: Store): Wrapped => {
  const named = new Map<string, string>();
  return {
    log: changed(log, {
      append: (records) => {
        for (const { topic, headers, value } of records) {
          const { tag, digest } = topic === 'notification.received' ? (JSON.parse(value) as Data) : {};
          if (tag !== undefined && digest !== undefined) named.set(headers.ce_id!, digest);
        }
        return log.append(records);
      },
    }),
    store: changed(store, {
      finishJob: (job, outcome) => {
        const { notice } = (job.payload ?? {}) as Partial<TagTask>;
        const digest = named.get(notice?.id ?? '');
        return store.finishJob(
          job,
          'result' in outcome && digest !== undefined ? { result: { ...(outcome.result as Data), digest } } : outcome,
        );
      },
    }),
  };
};
