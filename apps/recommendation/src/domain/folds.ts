import {
  at,
  causeOf,
  databaseLimits,
  isComplete,
  judgedOf,
  noFindings,
  placementKey,
  pushOf,
  unexpected,
  withPage,
  type AssayEvent,
  type DataOf,
  type EventFor,
} from '@assay/events';
import { entriesAfter, entriesOf, findingSetOf, noFindingSet } from './findings.ts';
import { isIndexOfImages, waitMs } from '@assay/read-model/placement/lapse';
import {
  everyPlacement,
  placementIn,
  runningIn,
  type Before,
  type Entry,
  type FindingPage,
  type Received,
  type ReceivedPlacement,
  type CountingAnswer,
  type Rank,
  type Emitted,
} from './state.ts';

export const evolveReceived = (received: Received, event: EventFor<'recommendation'>): Received => {
  switch (event.topic) {
    case 'image.pushed': {
      if (isIndexOfImages(event.data.facts)) return withoutPush(received, placementKey(event.data));
      // The last push in the log is the latest, as in eligibility.
      const push = {
        push: pushOf(event.data),
        cause: causeOf(event),
        deadline: Date.parse(event.data.receivedAt) + waitMs(event.data.origin),
      };
      return with_(received, placementKey(event.data), { push });
    }
    case 'scan.declined': {
      const { status, reason } = event.data;
      return withOutcome(received, {
        judged: judgedOf(event.data),
        classification: 0,
        status,
        reason,
        bySeverity: noFindings(),
        fixable: 0,
        exempt: 0,
        at: event.time,
        cause: causeOf(event),
        entries: [],
        findingSet: noFindingSet,
      });
    }
    case 'image.tagged':
      return tagged(received, event);
    case 'image.running':
      return running(received, event.data);
    case 'finding.classified':
      return classified(received, event);
    default:
      return unexpected(event);
  }
};

/**
 * An operator dropped a classification. It may have been about any placement of the digest, so those with a
 * classification are in doubt, until their next one.
 */
export const evolveDropped = (received: Received, topic: string): Received =>
  topic === 'finding.classified'
    ? Object.fromEntries(
        Object.entries(received).map(([key, placement]): [string, ReceivedPlacement] => {
          const { outcome } = placement;
          return [
            key,
            outcome?.setId === undefined ? placement : { ...placement, outcome: { ...outcome, dropped: true } },
          ];
        }),
      )
    : received;

/** An index is never answered, so its push must not become overdue. */
const withoutPush = (received: Received, key: string): Received => {
  const { push, ...rest } = placementIn(received, key);
  return push ? { ...received, [key]: rest } : received;
};

const with_ = (received: Received, key: string, changed: ReceivedPlacement): Received => ({
  ...received,
  [key]: { ...placementIn(received, key), ...changed },
});

/** A report names a digest alone, so it counts for all placements, also for those that are not known yet. */
const running = (received: Received, { cluster, seenAt, state }: DataOf<'image.running'>): Received => {
  const known = runningIn(received);
  const sighting = { seenMs: Date.parse(seenAt), isGone: state === 'gone' };
  return sighting.seenMs <= (known[cluster]?.seenMs ?? 0)
    ? received
    : with_(received, everyPlacement, { running: { ...known, [cluster]: sighting } });
};

const tagged = (received: Received, event: AssayEvent<'image.tagged'>): Received => {
  const { tags, indexes, order, at: since, lost = [] } = event.data;
  const key = placementKey(event.data);
  if (order <= (placementIn(received, key).tagged?.order ?? 0)) return received;
  const isUntagged = tags.length + indexes.length === 0;
  const successor = lost.findLast(({ digest }) => digest !== undefined)?.digest;
  return with_(received, key, {
    tagged: { order, ...(isUntagged ? { untaggedMs: Date.parse(since), ...(successor ? { successor } : {}) } : {}) },
  });
};

/** A classification counts once all its pages are there. */
const classified = (received: Received, event: AssayEvent<'finding.classified'>): Received => {
  const { id, time, sequence, data } = event;
  const key = placementKey(data);
  const { unfinished, ...known } = placementIn(received, key);
  const { scanId, classification, status, reason, bySeverity, fixable, exempt, database, scanner } = data;
  const set = withPage(unfinished, pageOf(id, data));
  const { length } = set.pages;
  if (!isComplete(set)) return { ...received, [key]: length > 0 ? { ...known, unfinished: set } : known };
  const rank = { verdict: data.verdict, classification };
  const without = { ...received, [key]: known };
  if (isPassedOver(known, rank)) return without;
  const first = at(set.pages, 0);
  const entries = entriesIn(known, { ...first, entries: set.pages.flatMap((each) => each.entries) });
  const isWhole = entries?.length === data.set.count;
  const staleAt =
    status === 'healthy' && !database.demonstration
      ? Date.parse(database.builtAt) + databaseLimits(database).staleMs
      : undefined;
  return withOutcome(without, {
    judged: judgedOf(data),
    classification,
    scanId,
    status,
    ...(reason ? { reason } : {}),
    bySeverity,
    fixable,
    exempt,
    at: time,
    cause: causeOf(event),
    ...(entries && isWhole ? { entries, findingSet: findingSetOf(entries) } : {}),
    setId: first.id,
    ...(sequence ? { sequence } : {}),
    ...(staleAt === undefined ? {} : { staleAt, scanner: scanner.name }),
  });
};

const pageOf = (id: string, data: DataOf<'finding.classified'>): FindingPage => {
  const { page, pages, content, base, removed, ruled, findings } = data;
  return {
    page,
    pages,
    id,
    content,
    ...(page === 1 && base ? { base } : {}),
    ...(page === 1 && removed ? { removed } : {}),
    ...(page === 1 && ruled ? { ruled } : {}),
    entries: entriesOf(findings),
  };
};

/** True if it is known, or two higher answers are: what it changes may be gone by then, and is of no use. */
const isPassedOver = ({ outcome, before }: ReceivedPlacement, rank: Rank): boolean =>
  outcome !== undefined && (byRank(rank, rankOf(outcome)) === 0 || (before !== undefined && byRank(rank, before) <= 0));

/**
 * The findings after an event. Undefined if the set that it changes is not known: its topic lost an event, or one was
 * dropped. Status and counts stand in the head, so they count all the same. The next whole set is known again.
 */
const entriesIn = (
  { outcome, before }: ReceivedPlacement,
  { content, base, removed, ruled, entries }: FindingPage,
): readonly Entry[] | undefined => {
  if (content === 'set') return entriesAfter([], { entries });
  const sets = [
    outcome && { ...rankOf(outcome), id: outcome.setId, entries: outcome.entries },
    before && { ...before, id: before.setId, entries: before.entries ?? outcome?.entries },
  ];
  if (content === 'none') return outcome ? outcome.entries : [];
  const changed = sets.find((set) => set?.id !== undefined && base && set.id === base.id && byRank(set, base) === 0);
  return (
    changed?.entries &&
    entriesAfter(changed.entries, {
      entries,
      ...(removed ? { removed } : {}),
      ...(ruled ? { ruled } : {}),
    })
  );
};

export const rankOf = ({ judged: { verdict }, classification }: CountingAnswer): Rank => ({ verdict, classification });

const byRank = (a: Rank, b: Rank): number => a.verdict - b.verdict || a.classification - b.classification;

/**
 * The highest verdict counts, from either topic. The one below it is kept to tell which findings were added and
 * removed. The result does not depend on the order of arrival.
 */
const withOutcome = (received: Received, outcome: CountingAnswer): Received => {
  const key = placementKey(outcome.judged);
  const { outcome: best, before } = placementIn(received, key);
  if (best === undefined) return with_(received, key, { outcome });
  const order = byRank(rankOf(outcome), rankOf(best));
  if (order > 0) return with_(received, key, { outcome, before: beforeOf(best, outcome) });
  return order < 0 && (before === undefined || byRank(rankOf(outcome), before) > 0)
    ? with_(received, key, { before: beforeOf(outcome, best) })
    : received;
};

/** Findings that are not known are no base, so the answer that had them gives no id of a set. */
const beforeOf = (lower: CountingAnswer, higher: CountingAnswer): Before => {
  const rank = rankOf(lower);
  if (lower.entries === undefined) return rank;
  return {
    ...rank,
    ...(lower.setId === undefined ? {} : { setId: lower.setId }),
    ...(higher.entries && isSame(lower.entries, higher.entries) ? {} : { entries: lower.entries }),
  };
};

const isSame = (a: readonly Entry[], b: readonly Entry[]): boolean =>
  a.length === b.length && a.every((entry, position) => entry === b[position]);

export const evolveEmitted = (emitted: Emitted, event: EventFor<'recommendation', 'produces'>): Emitted => {
  const { verdict, classification, status, reason, bySeverity, fixable, exempt, findingSet, since } = event.data;
  return {
    ...emitted,
    [placementKey(event.data)]: {
      ...(verdict === undefined ? {} : { verdict, classification: classification ?? 0 }),
      status,
      ...(reason ? { reason } : {}),
      bySeverity,
      fixable,
      exempt,
      ...(findingSet ? { findingSet } : {}),
      since,
    },
  };
};
