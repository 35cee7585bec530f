import {
  causeOf,
  isComplete,
  judgedOf,
  noFindings,
  placementKey,
  pushOf,
  unexpected,
  withPage,
  type AssayEvent,
  type EventFor,
} from '@assay/events';
import { counting, findingSetOf, noFindingSet } from './findings.ts';
import { isIndexOfImages, staleAfterMs, waitMs } from './lapse.ts';
import {
  placementIn,
  type Before,
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
        findings: [],
        findingSet: noFindingSet,
      });
    }
    case 'finding.classified':
      return classified(received, event);
    default:
      return unexpected(event);
  }
};

/** An index is never answered, so its push must not become overdue. */
const withoutPush = (received: Received, key: string): Received => {
  const { push, ...rest } = placementIn(received, key);
  return push ? { ...received, [key]: rest } : received;
};

const with_ = (received: Received, key: string, changed: ReceivedPlacement): Received => ({
  ...received,
  [key]: { ...placementIn(received, key), ...changed },
});

/** A set of findings counts once all its pages are there. */
const classified = (received: Received, { time, data, ...event }: AssayEvent<'finding.classified'>): Received => {
  const key = placementKey(data);
  const { unfinished, ...known } = placementIn(received, key);
  const { page, pages, scanId, classification, status, reason, bySeverity, fixable, exempt, database } = data;
  const set = withPage(unfinished, { page, pages, findings: counting(data.findings) });
  const { length } = set.pages;
  if (!isComplete(set)) return { ...received, [key]: length > 0 ? { ...known, unfinished: set } : known };
  const findings = set.pages
    .flatMap(({ findings: each }) => each)
    .toSorted(([a], [b]) => a - b)
    .map(([, finding]) => finding);
  const staleAt =
    status === 'healthy' && !database.demonstration ? Date.parse(database.builtAt) + staleAfterMs : undefined;
  return withOutcome(
    { ...received, [key]: known },
    {
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
      findings,
      findingSet: findingSetOf(findings),
      ...(staleAt === undefined ? {} : { staleAt }),
    },
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

const beforeOf = (lower: CountingAnswer, higher: CountingAnswer): Before => ({
  ...rankOf(lower),
  ...(lower.findings && lower.findingSet !== higher.findingSet ? { findings: lower.findings } : {}),
});

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
