import type { Job, Store, StoredState } from '@assay/event-sourcing';
import type { EventLog, FollowOptions, LogRecord, NewRecord } from '@assay/messaging';
import { sumOf, type SetEntry } from '../../laws/entries.ts';
import { kindOf, mark } from '../../laws/records.ts';
import { changed, type Wrapped } from './wrapped.ts';

/** Mistakes with marks and changes. They are made of records on their way into the log, or of results of jobs. */

interface Told {
  readonly digest: string;
  readonly registryId: string;
  readonly repository: string;
  readonly page: number;
  readonly verdict: number;
  readonly classification: number;
  readonly content?: string;
  readonly cause?: string;
  readonly base?: object;
  readonly removed?: readonly number[];
  readonly set?: { readonly count: number };
  readonly result?: number;
  readonly database: { readonly digest: string };
}

const isMark = ({ headers }: Pick<NewRecord, 'headers'>): boolean => headers.ce_type === mark;

const told = ({ value }: NewRecord): Told => JSON.parse(value) as Told;
const telling = (record: NewRecord, data: object): NewRecord => ({
  ...record,
  value: JSON.stringify({ ...(JSON.parse(record.value) as object), ...data }),
});

/** Changes the records of one topic that are appended. */
const appending =
  (topic: string, change: () => (record: NewRecord) => NewRecord) =>
  (log: EventLog, store: Store): Wrapped => {
    const changes = change();
    return {
      log: changed(log, {
        append: (records) => log.append(records.map((record) => (record.topic === topic ? changes(record) : record))),
      }),
      store,
    };
  };

/** True for an event that a mark stands behind: an image was assessed again, and something differs. */
const isReassessment = (record: NewRecord): boolean =>
  !isMark(record) && (kindOf(record) === 'scan.reassessed' || told(record).cause === 'rescan');

/**
 * How many calls a late append lets pass, by topic. The runner looks for a mark to emit a second after its last change;
 * the classifier answers a mark at once.
 */
const callsLate: Readonly<Record<string, number>> = { 'scan.completed': 200, 'finding.classified': 6 };

/**
 * Appends marks when they are committed, although events before them are not appended yet. Those take a little longer
 * than usual, if a mark may stand behind them.
 */
export const marksOvertake =
  (topic: string) =>
  (log: EventLog, store: Store): Wrapped => {
    /** Partitions of events that are committed and not appended, by id. */
    const pending = new Map<string, number>();
    const idsOf = (records: readonly NewRecord[]): string[] =>
      records.filter((record) => record.topic === topic && isReassessment(record)).map(({ headers }) => headers.ce_id!);
    return {
      log: changed(log, {
        append: async (records) => {
          const ids = idsOf(records);
          for (let calls = 0; ids.length > 0 && calls < callsLate[topic]!; calls += 1)
            await log.end(topic, records[0]!.partition);
          const offsets = await log.append(records);
          for (const id of ids) pending.delete(id);
          return offsets;
        },
      }),
      store: changed(store, {
        transact: async (partition, epoch, changes) => {
          const marks = changes.outbox.filter((record) => record.topic === topic && isMark(record));
          if (marks.length > 0 && [...pending.values()].includes(partition))
            await log.append(marks).catch(() => undefined);
          for (const id of idsOf(changes.outbox)) pending.set(id, partition);
          return store.transact(partition, epoch, changes);
        },
      }),
    };
  };

/** Excepts nothing from the marks of a topic. */
export const exceptsNothing = (topic: string) =>
  appending(topic, () => (record) => (isMark(record) ? telling(record, { except: [], registries: [] }) : record));

/** Names the base before the last one. */
export const otherBase = appending('finding.classified', () => {
  const names = new Map<string, object[]>();
  return (record) => {
    if (isMark(record) || record.headers.ce_type === 'assay.fence.v1') return record;
    const { registryId, repository, digest, page, verdict, classification, content } = told(record);
    const place = `${registryId} ${repository} ${digest}`;
    const known = names.get(place) ?? [];
    const before = known.at(-2);
    if (page === 1) names.set(place, [...known, { id: record.headers.ce_id, verdict, classification }]);
    return content === 'change' && before ? telling(record, { base: before }) : record;
  };
});

/** Takes positions from a list that is sorted the other way round. */
export const positionsReversed = appending('scan.completed', () => (record) => {
  const { content, removed = [], set } = isMark(record) ? ({} as Told) : told(record);
  return content === 'change' && removed.length > 0
    ? telling(record, { removed: removed.map((position) => set!.count + removed.length - 1 - position) })
    : record;
});

/** Of a set in one record. */
const mostCharacters = 50_000;

interface ScannedResult {
  readonly succeeded?: boolean;
  readonly database?: { readonly digest: string };
  readonly findings?: readonly SetEntry[];
  /** News only. */
  readonly descriptions?: readonly object[];
  readonly witness?: { readonly layers: number };
}

/** Publishes a result that ended late as the newest one of its image. */
export const lateResults = (log: EventLog, store: Store): Wrapped => {
  /** The first result of each image, as if its scan ended only now. */
  const ended = new Map<string, ScannedResult>();
  /** Digest of the database of the last published result. */
  const published = new Map<string, string>();
  const announced: string[] = [];
  /** True if each was announced once, one before the other. */
  const isOlder = (digest: string, than: string): boolean =>
    [digest, than].every((each) => announced.indexOf(each) === announced.lastIndexOf(each)) &&
    announced.includes(digest) &&
    announced.indexOf(digest) < announced.indexOf(than);
  const late = (record: NewRecord): NewRecord => {
    if (record.topic !== 'scan.completed' || isMark(record)) return record;
    const { digest, content, result, database } = told(record);
    if (content === 'set' || content === 'change') published.set(digest, database.digest);
    const own = ended.get(digest);
    const newest = published.get(digest);
    if (content !== 'none' || result === undefined || !own?.database || !newest) return record;
    if (!isOlder(own.database.digest, newest)) return record;
    const findings = own.findings!;
    // One page has no room for them.
    if (JSON.stringify(findings).length > mostCharacters) return record;
    return telling(record, {
      content: 'set',
      result: result + 1,
      database: own.database,
      set: sumOf(findings),
      findings,
    });
  };
  return {
    log: announcing(changed(log, { append: (records) => log.append(records.map(late)) }), (record) => {
      announced.push(databaseIn(record).digest);
      return record;
    }),
    store: changed(store, {
      jobsOf: async (partition, keys) => {
        const jobs = await store.jobsOf(partition, keys);
        for (const { key, result } of jobs) if (succeeded(result) && !ended.has(key)) ended.set(key, result);
        return jobs;
      },
    }),
  };
};

const succeeded = (result: unknown): result is ScannedResult =>
  (result as ScannedResult | undefined)?.succeeded === true && (result as ScannedResult).findings !== undefined;

const databaseIn = ({ value }: Pick<LogRecord, 'value'>): { readonly digest: string; readonly builtAt: string } =>
  (JSON.parse(value) as { database: { digest: string; builtAt: string } }).database;

/** Changes the announcements that a service reads. */
const announcing = (log: EventLog, change: (record: LogRecord) => LogRecord): EventLog =>
  changed(log, {
    follow: (topics, options: FollowOptions) =>
      log.follow(topics, {
        ...options,
        onBatch: (batch) =>
          options.onBatch({
            ...batch,
            records: batch.records.map((record) => (record.topic === 'advisories.updated' ? change(record) : record)),
          }),
      }),
  });

/** Takes every result for one by the database that was announced last. */
export const lateAsNew = (log: EventLog, store: Store): Wrapped => {
  let newest: object | undefined;
  return {
    log: announcing(log, (record) => {
      newest = databaseIn(record);
      return record;
    }),
    store: changed(store, {
      jobsOf: async (partition, keys) =>
        (await store.jobsOf(partition, keys)).map((job: Job) =>
          succeeded(job.result) && newest ? { ...job, result: { ...job.result, database: newest } } : job,
        ),
    }),
  };
};

/** Takes the database that was built last for the newest one. */
export const newestByAge = (log: EventLog, store: Store): Wrapped => {
  let newest: LogRecord | undefined;
  return {
    log: announcing(log, (record) => {
      if (!newest || databaseIn(record).builtAt > databaseIn(newest).builtAt) newest = record;
      return { ...record, value: newest.value };
    }),
    store,
  };
};

/** Lets a reworded description make an image differ: each one counts as if the witness had seen a layer more. */
export const countsDescriptions = (log: EventLog, store: Store): Wrapped => ({
  log,
  store: changed(store, {
    jobsOf: async (partition, keys) =>
      (await store.jobsOf(partition, keys)).map((job: Job) => {
        const { result } = job;
        if (!job.id.startsWith('reassess/') || !succeeded(result) || !result.witness) return job;
        const layers = result.witness.layers + (result.descriptions ?? []).length;
        return { ...job, result: { ...result, witness: { ...result.witness, layers } } };
      }),
  }),
});

/** Takes each image of a store that was filled for one that was noted as assessed with what is announced. */
export const believesNotes = (log: EventLog, store: Store): Wrapped => {
  const filled = new Set<number>();
  let newest: { readonly database: object; readonly announced: number } | undefined;
  const noted = (partition: number, stored: StoredState): StoredState => {
    if (!filled.has(partition) || !newest) return stored;
    const state = JSON.parse(stored.state) as {
      readonly emitted?: { readonly standing?: { readonly result?: number } };
      readonly note?: object;
    };
    const result = state.emitted?.standing?.result;
    if (result === undefined || state.note) return stored;
    return { ...stored, state: JSON.stringify({ ...state, note: { assessed: { result, ...newest } } }) };
  };
  return {
    log: announcing(log, (record) => {
      newest = { database: databaseIn(record), announced: record.offset };
      return record;
    }),
    store: changed(store, {
      transact: async (partition, epoch, changes) => {
        const committed = await store.transact(partition, epoch, changes);
        if (committed.committed && changes.checkpoint.restored) filled.add(partition);
        return committed;
      },
      scan: async (partition, ...rest) =>
        (await store.scan(partition, ...rest)).map((stored) => noted(partition, stored)),
      read: async (partition, ...rest) =>
        new Map([...(await store.read(partition, ...rest))].map(([key, stored]) => [key, noted(partition, stored)])),
    }),
  };
};

interface ClassifierState {
  readonly emitted?: Readonly<Record<string, { readonly last?: LastClassification }>>;
}

interface LastClassification {
  readonly id: string;
  readonly database?: string;
}

/** The state of a key with the last classifications of its placements changed, if it is one of the classifier. */
const withLast = (
  stored: StoredState,
  change: (last: LastClassification, placement: string) => LastClassification,
): StoredState => {
  const state = JSON.parse(stored.state) as ClassifierState;
  const placements = Object.entries(state.emitted ?? {});
  if (!placements.some(([, { last }]) => last?.database)) return stored;
  const emitted = Object.fromEntries(
    placements.map(([key, placement]) => [
      key,
      placement.last?.database ? { ...placement, last: change(placement.last, key) } : placement,
    ]),
  );
  return { ...stored, state: JSON.stringify({ ...state, emitted }) };
};

/** Takes a finding for gone with its advisory: the classifier decides by states in which nothing is kept. */
export const dropsWhatVanished = (log: EventLog, store: Store): Wrapped => {
  const dropped = (stored: StoredState): StoredState => {
    const { received, ...state } = JSON.parse(stored.state) as { readonly received?: { readonly kept?: object } };
    if (!received?.kept) return stored;
    const { kept: _kept, ...rest } = received;
    return { ...stored, state: JSON.stringify({ received: rest, ...state }) };
  };
  return {
    log,
    store: changed(store, {
      scan: async (...page) => (await store.scan(...page)).map(dropped),
      read: async (...keys) => new Map([...(await store.read(...keys))].map(([key, stored]) => [key, dropped(stored)])),
    }),
  };
};

/**
 * Lets the classifier decide as if readers knew its images with a database of no image. Its store keeps the true one.
 */
export const forgetsDatabases = (log: EventLog, store: Store): Wrapped => {
  const kept = new Map<string, LastClassification>();
  const forgotten = (stored: StoredState): StoredState =>
    withLast(stored, (last, placement) => {
      kept.set(placement, last);
      return { ...last, database: 'forgotten' };
    });
  const restored = (stored: StoredState): StoredState =>
    withLast(stored, (last, placement) => {
      const before = kept.get(placement);
      return before?.id === last.id ? { ...last, database: before.database! } : last;
    });
  return {
    log,
    store: changed(store, {
      transact: (partition, epoch, changes) =>
        store.transact(partition, epoch, { ...changes, states: changes.states.map(restored) }),
      scan: async (...page) => (await store.scan(...page)).map(forgotten),
      read: async (...keys) =>
        new Map([...(await store.read(...keys))].map(([key, stored]) => [key, forgotten(stored)])),
    }),
  };
};
