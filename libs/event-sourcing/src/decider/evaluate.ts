import { isConfigTopic } from '@assay/events';
import { RecordTooLarge, tooLargeIn } from '@assay/messaging';
import type { Marks } from '../marks/partition-mark.ts';
import type { Observer } from '../observer.ts';
import { censusOf, noCensus, type Census, type Decider } from './decider.ts';
import { toEvents, type EventWriter, type OutgoingEvent } from './to-event.ts';
import { numberAfter } from '../processor/sequence.ts';
import type { Changes, Job, WantedJob } from '../stores/store.ts';
import type { UnitOfWork } from '../processor/unit-of-work.ts';

export interface Evaluation<Received, Emitted, C> {
  readonly decider: Decider<Received, Emitted, C>;
  readonly unit: UnitOfWork<Received, Emitted>;
  readonly keys: readonly string[];
  readonly config: C;
  readonly writer: EventWriter;
  /** Sequence of the last emitted event. */
  readonly lastEmitted: string;
  readonly observer: Observer;
  readonly marks: Marks;
  /** Keys of which an event was dropped, and that are not whole since: no received mark covers them. */
  readonly dropped: ReadonlySet<string>;
  /** Keys that received something behind the received mark, as long as that is not answered. */
  readonly behindMark: ReadonlySet<string>;
  readonly receivedUntil?: number | undefined;
  readonly isSurveyed?: boolean | undefined;
}

export interface EvaluationResult {
  readonly events: readonly OutgoingEvent[];
  readonly jobs: Changes['jobs'];
  /** When to evaluate each evaluated key again. */
  readonly wakes: ReadonlyMap<string, number | undefined>;
  /** When the first of the decisions may become invalid by time alone. */
  readonly lapsesAt: number | undefined;
  /** True if a decision may change with the next mark. */
  readonly awaitsMark: boolean;
  readonly census: Census;
  /** Keys whose decision threw. */
  readonly failed: readonly string[];
}

/** Least delay in ms before a key is evaluated again, so that a fault in a decision cannot spin. */
const minDelayMs = 20;
/** Delay in ms before a failed decision is tried again. A received event of the key retries it, too. */
const failedAgainMs = 60_000;
/** How much earlier a job that goes ahead counts as put, ms: all keys are evaluated within it after an announcement. */
const aheadMs = 600_000;

/** Decides for each key, and folds the emitted events into the same unit of work. */
export const evaluate = <Received, Emitted, C>({
  decider,
  unit,
  keys,
  config,
  writer,
  lastEmitted,
  observer,
  marks,
  dropped,
  behindMark,
  receivedUntil,
  isSurveyed,
}: Evaluation<Received, Emitted, C>): EvaluationResult => {
  const byKey = Map.groupBy(unit.jobs, ({ key }) => key);
  const result = {
    events: [] as OutgoingEvent[],
    jobs: { put: [] as Changes['jobs']['put'][number][], remove: [] as Changes['jobs']['remove'][number][] },
    wakes: new Map<string, number | undefined>(),
    lapsesAt: undefined as number | undefined,
    awaitsMark: false,
    census: noCensus,
    failed: [] as string[],
  };
  const { received: _, ...ownMarks } = marks;
  let number = numberAfter(lastEmitted, writer.epoch) - 1;
  for (const key of keys) {
    const back = unit.snapshot(key);
    const known = byKey.get(key) ?? [];
    try {
      const {
        events,
        jobs: wanted = [],
        wakeAt,
        lapsesAt,
        note,
        awaitsMark = false,
        census,
      } = decider.decide(unit.state(key), {
        key,
        config,
        now: writer.now,
        jobs: known,
        receivedUntil,
        isSurveyed,
        marks: dropped.has(key) ? ownMarks : marks,
        ...(behindMark.has(key) ? { isBehindMark: true } : {}),
        note: unit.state(key).note,
      });
      if (wanted.length > 0 && !decider.hasJobs)
        throw new Error(`${decider.app} requests jobs, but its decider does not declare them`);
      const emitted = toEvents(events, key, number + 1, writer);
      // Once committed, the event would block the outbox of the partition forever.
      refuseTooLarge(emitted);
      // Config events have no key, so no state is their fold.
      for (const { event } of emitted) if (!isConfigTopic(event.topic)) unit.emit(key, event);
      unit.note(key, note);
      number += emitted.length;
      result.events.push(...emitted);
      result.wakes.set(key, wakeAt === undefined ? undefined : Math.max(wakeAt, writer.now + minDelayMs));
      if (lapsesAt !== undefined && lapsesAt < (result.lapsesAt ?? Infinity)) result.lapsesAt = lapsesAt;
      if (awaitsMark) result.awaitsMark = true;
      if (census) result.census = censusOf(result.census, census);
      result.jobs.put.push(
        ...wanted
          .filter((job) =>
            isNewOrChanged(
              known.find(({ id }) => id === job.id),
              job,
            ),
          )
          .map(({ ahead, ...job }) => ({ ...job, key, enqueuedAt: writer.now - (ahead ? aheadMs : 0) })),
      );
      result.jobs.remove.push(
        ...known.filter(({ id }) => !wanted.some((job) => job.id === id)).map(({ id }) => ({ key, id })),
      );
    } catch (error) {
      // The received events are right, only the decision is missing. Emit nothing, and evaluate the key again later.
      back();
      result.failed.push(key);
      observer.failed(decider.app, key, error);
      result.wakes.set(key, writer.now + failedAgainMs);
    }
  }
  return result;
};

const refuseTooLarge = (emitted: readonly OutgoingEvent[]): void => {
  const tooLarge = tooLargeIn(emitted.map(({ record }) => record));
  if (!tooLarge) return;
  const error = new RecordTooLarge(tooLarge);
  for (const { span } of emitted) span.end(error);
  throw error;
};

/** True if the job is new, or is still queued and changed: it has another lane or another payload. */
const isNewOrChanged = (known: Job | undefined, { lane, payload }: WantedJob): boolean =>
  !known ||
  (known.state === 'queued' && (known.lane !== lane || JSON.stringify(known.payload) !== JSON.stringify(payload)));
