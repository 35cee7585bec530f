import { placementKey, type AssayEvent, type DataOf } from '@assay/events';
import type { Emitted, EmittedMark } from './facts.ts';

// The status of an image by the contract (docs/events.md, ADR 27), from the events alone. The product is compared with
// this file, so nothing here is its code.

export interface ExpectedStatus {
  readonly status: string;
  readonly reason?: string | undefined;
}

type Answer = DataOf<'scan.declined'> | DataOf<'finding.classified'>;

/** The events of one placement in the log. */
export interface Known {
  push?: DataOf<'image.pushed'>;
  deleted?: boolean;
  /** The event of the highest verdict: an approval or a decline. */
  verdict?: DataOf<'scan.approved'> | DataOf<'scan.declined'>;
  /** Verdicts whose scan has begun or ended. */
  readonly scanned: Set<number>;
  answer?: Answer;
  /** Place of the answer in its partition, and the database of the last mark behind it that does not except it. */
  place?: { readonly partition: number; readonly sequence: string };
  covering?: DataOf<'finding.classified'>['database'];
  tagged?: DataOf<'image.tagged'>;
  /** The last event of each cluster about the image. */
  sightings?: ReadonlyMap<string, DataOf<'image.running'>>;
}

const minuteMs = 60_000;
const staleAfterMs = 14 * 24 * 60 * minuteMs;

export const waitOf = ({ receivedAt, origin }: DataOf<'image.pushed'>): number =>
  Date.parse(receivedAt) + (origin === 'sweep' ? 24 * 60 : 15) * minuteMs;

const rank = (answer: Answer): number =>
  answer.verdict * 1e6 + ('classification' in answer ? answer.classification : 0);

/** True if the image is an index and has no status of its own. */
export const isIndexOnly = ({ push }: Known): boolean =>
  push?.facts?.kind === 'index' && (push.facts.children ?? []).some(({ kind }) => kind === 'image');

/** Negative if a sequence comes before another one. */
const compared = (a: string, b: string): number => {
  const [[epoch, number], [otherEpoch, otherNumber]] = [a, b].map((text) => text.split('.').map(Number)) as [
    [number, number],
    [number, number],
  ];
  return epoch - otherEpoch || number - otherNumber;
};

/**
 * The events of each placement.
 * @param marks of classifications, in the order of their partitions
 */
export const knownFrom = (events: readonly Emitted[], marks: readonly EmittedMark[] = []): Map<string, Known> => {
  const all = new Map<string, Known>();
  const sightings = new Map<string, Sightings>();
  for (const any of events) {
    const event = any as unknown as AssayEvent;
    if (event.topic === 'image.running') {
      const { digest, cluster, seenAt } = event.data;
      const seen = seenOf(sightings, digest);
      if (seenAt >= (seen.get(cluster)?.seenAt ?? '')) seen.set(cluster, event.data);
    }
    if (!('repository' in event.data) || event.topic === 'notification.received' || event.topic === 'tag.moved')
      continue;
    const key = placementKey(event.data);
    const known: Known = all.get(key) ?? { scanned: new Set(), sightings: seenOf(sightings, event.data.digest) };
    all.set(key, known);
    switch (event.topic) {
      case 'image.pushed':
        known.push = event.data;
        break;
      case 'image.deleted':
        known.deleted = true;
        break;
      case 'image.tagged':
        if (event.data.order > (known.tagged?.order ?? 0)) known.tagged = event.data;
        break;
      case 'scan.approved':
        if (event.data.verdict > (known.verdict?.verdict ?? 0)) known.verdict = event.data;
        break;
      case 'scan.declined':
        if (event.data.verdict > (known.verdict?.verdict ?? 0)) known.verdict = event.data;
        answered(known, event.data);
        break;
      case 'scan.started':
        known.scanned.add(event.data.verdict);
        break;
      case 'scan.completed':
        if (event.data.page === event.data.pages) known.scanned.add(event.data.verdict);
        break;
      case 'finding.classified':
        if (event.data.page === event.data.pages && answered(known, event.data))
          known.place = { partition: any.partition, sequence: any.sequence! };
        break;
      default:
    }
  }
  for (const { partition, sequence, data } of marks)
    for (const known of all.values()) {
      const { place, answer } = known;
      if (place?.partition !== partition || !answer || compared(place.sequence, sequence) >= 0) continue;
      if (!data.except.some(({ digest }) => digest === answer.digest)) known.covering = data.database;
    }
  return all;
};

type Sightings = Map<string, DataOf<'image.running'>>;

/** The sightings of an image, which later events add to. */
const seenOf = (all: Map<string, Sightings>, digest: string): Sightings => {
  const seen = all.get(digest) ?? new Map();
  all.set(digest, seen);
  return seen;
};

/** @returns whether it counts */
const answered = (known: Known, answer: Answer): boolean => {
  if (known.answer && rank(answer) <= rank(known.answer)) return false;
  known.answer = answer;
  delete known.place;
  return true;
};

/** True if it answers this push or a later one. */
const answers = (
  by: { readonly pushId: string; readonly receivedAt: string } | undefined,
  push: DataOf<'image.pushed'>,
): boolean => by !== undefined && (by.pushId === push.pushId || by.receivedAt > push.receivedAt);

const byItself = (answer: Answer, covering: Known['covering'], now: number): ExpectedStatus => {
  const database = covering ?? ('database' in answer ? answer.database : undefined);
  const isOld =
    answer.status === 'healthy' &&
    database !== undefined &&
    !database.demonstration &&
    Date.parse(database.builtAt) + staleAfterMs < now;
  return isOld ? { status: 'undetermined', reason: 'stale' } : { status: answer.status, reason: answer.reason };
};

/** The pending answer and its deadline: a verdict on the latest push, or the result of an approval. */
const waitedFor = ({
  push,
  verdict,
  answer,
  scanned,
}: Known): { readonly status: string; readonly until: number } | undefined => {
  if (push && !answers(verdict, push)) return { status: 'queued', until: waitOf(push) };
  if (verdict === undefined || !('deadline' in verdict)) return undefined;
  // During a rescan the last status stays.
  if (answer && (answer.verdict >= verdict.verdict || verdict.kind === 'rescan')) return undefined;
  const until =
    verdict.kind === 'rescan'
      ? Date.parse(verdict.receivedAt) + (push?.origin === 'sweep' ? 24 * 60 : 15) * minuteMs
      : Date.parse(verdict.deadline);
  return { status: scanned.has(verdict.verdict) ? 'scanning' : 'queued', until };
};

/** The status to show at a time (ms since the epoch), if nothing is parked. */
export const standingAt = (known: Known, now: number): ExpectedStatus => {
  const waits = waitedFor(known);
  if (waits) return waits.until < now ? { status: 'undetermined', reason: 'overdue' } : { status: waits.status };
  if (known.answer) return byItself(known.answer, known.covering, now);
  return known.deleted
    ? { status: 'not-applicable', reason: 'image-deleted' }
    : { status: known.scanned.size > 0 ? 'scanning' : 'queued' };
};

/** The status to show while an event of the image is parked: neither pending work nor `healthy` can be trusted. */
export const parkedAt = (known: Known, now: number): ExpectedStatus =>
  waitedFor(known) || known.answer?.status === 'healthy'
    ? { status: 'undetermined', reason: 'parked' }
    : standingAt(known, now);

export const closedAfterMs = 14 * 24 * 60 * minuteMs;

/** True for an image that has had no tag for so long, and was not seen running, that what is open on it is closed. */
const isClosed = ({ tagged, sightings = new Map() }: Known, now: number): boolean => {
  if (tagged?.tags.length !== 0 || tagged.indexes.length > 0) return false;
  const seen = [...sightings.values()];
  if (seen.some(({ state }) => state === 'running')) return false;
  return (
    Math.max(...[tagged.at, ...seen.map(({ seenAt }) => seenAt)].map((time) => Date.parse(time))) < now - closedAfterMs
  );
};

/**
 * The status that the last recommendation.changed must have; undefined while there is no answer and nothing is overdue.
 */
export const recommendedAt = (known: Known, now: number): ExpectedStatus | undefined => {
  const { push, answer, covering } = known;
  const isOverdue = push && !answers(answer, push) && waitOf(push) < now;
  const open = isOverdue ? { status: 'undetermined', reason: 'overdue' } : answer && byItself(answer, covering, now);
  return (open?.status === 'unhealthy' || open?.status === 'undetermined') && isClosed(known, now)
    ? { status: 'not-applicable', reason: 'untagged' }
    : open;
};

export const isAnswered = ({ push, answer }: Known): boolean => push === undefined || answers(answer, push);

export const isSameStanding = (a: ExpectedStatus | undefined, b: ExpectedStatus | undefined): boolean =>
  a?.status === b?.status && a?.reason === b?.reason;

export const textOf = (standing: ExpectedStatus | undefined): string =>
  standing ? `${standing.status}${standing.reason ? `/${standing.reason}` : ''}` : 'nothing';
