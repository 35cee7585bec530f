import { markAfter, type PartitionMark } from '@assay/event-sourcing/decider';
import { coveredBy } from '@assay/read-model/placement/coverage';
import {
  databaseIn,
  lacksSet,
  withEvent,
  type PlacementEvent,
  type PlacementState,
} from '@assay/read-model/placement/placement';
import {
  publishedSetOf,
  setAfterAll,
  setPageOf,
  type FindingSet,
  type SetPage,
} from '@assay/read-model/placement/sets';
import { isIndex, shownStatus } from '@assay/read-model/placement/status';
import { decode, isComplete, placementKey, withPage, type AnyEvent, type PageSet } from '@assay/events';
import { factsOf, type SetEntry } from '../../laws/entries.ts';
import { foundBy } from '../outside/databases.ts';
import {
  isAnswered,
  isIndexOnly,
  isSameStanding,
  knownFrom,
  parkedAt,
  recommendedAt,
  standingAt,
  waitOf,
  textOf,
  type Known,
  type ExpectedStatus,
} from './contract.ts';
import { droppedIn } from './folds.ts';
import { ofTopic, short, type EndFacts, type Emitted, type EmittedMark, type Invariant } from './facts.ts';

const placed = new Set([
  'image.pushed',
  'image.deleted',
  'scan.approved',
  'scan.declined',
  'scan.started',
  'scan.completed',
  'finding.classified',
  'recommendation.changed',
  'usage.charged',
]);

/** The product's view of a placement, with its findings. */
interface ViewedPlacement {
  readonly state: PlacementState;
  readonly set?: FindingSet | undefined;
}

/** The product's view as a fold in memory: it is judged here, and judges nothing. */
const viewOf = (
  events: readonly Emitted[],
  marks: readonly EmittedMark[],
  partitions: number,
): Map<string, ViewedPlacement> => {
  const view = new Map<string, ViewedPlacement>();
  const pages = new Map<string, PageSet<SetPage>>();
  for (const any of events) {
    if (!placed.has(any.topic)) continue;
    const event = any as AnyEvent as PlacementEvent;
    if (event.topic === 'finding.classified') {
      const key = placementKey(event.data);
      pages.set(key, withPage(pages.get(key), setPageOf(event)));
    }
    // The last page of a paged event counts.
    if (
      (event.topic === 'scan.completed' || event.topic === 'finding.classified') &&
      event.data.page !== event.data.pages
    )
      continue;
    const key = placementKey(event.data);
    const known = view.get(key);
    const begun = pages.get(key);
    const set =
      event.topic === 'finding.classified' && isComplete(begun)
        ? setAfterAll(known?.set, [publishedSetOf(begun.pages)])
        : known?.set;
    view.set(key, { state: { ...withEvent(known?.state, event), ...(set ? { set: set.of } : {}) }, set });
  }
  const last = new Map<number, PartitionMark>();
  for (const { partition, record } of marks) {
    const decoded = decode(record.topic, record);
    if (decoded.kind === 'mark') last.set(partition, markAfter(last.get(partition), decoded.mark));
  }
  for (const [key, { state, set }] of view) {
    const covered = coveredBy(state, last, partitions);
    if (covered) view.set(key, { state: { ...state, covered }, set });
  }
  return view;
};

const staleAfterMs = 14 * 24 * 60 * 60_000;
/** Closings are this late at most, ms. */
const lateMs = 65 * 60_000;

const isOpen = ({ status, reason }: ExpectedStatus): boolean =>
  status === 'queued' || status === 'scanning' || reason === 'overdue';

/** True if an image is in doubt because recommendation left out a classification of it, as an operator ordered. */
const isDoubted = (
  dropped: ReadonlySet<string>,
  emitted: { readonly digest: string; readonly reason?: string } | undefined,
): boolean => emitted?.reason === 'failed/result-lost' && dropped.has(emitted.digest);

/** The events in the log at a time. */
const knownBy = ({ events, marks }: EndFacts, time: number): Map<string, Known> =>
  knownFrom(
    events.filter(({ at }) => at <= time),
    marks.filter(({ at }) => at <= time),
  );

export const everyPushHasAStatus: Invariant = {
  name: 'every push reaches one terminal status',
  *broken(facts) {
    const all = knownFrom(facts.events, facts.marks);
    const emitted = new Map(ofTopic(facts, 'recommendation.changed').map(({ data }) => [placementKey(data), data]));
    const dropped = new Set(
      facts.events
        .flatMap(droppedIn)
        .filter(({ app, topic }) => app === 'recommendation' && topic === 'finding.classified')
        .map(({ key }) => key),
    );
    for (const [placement, known] of all) {
      if (isIndexOnly(known)) continue;
      const standing = standingAt(known, facts.now);
      if (isOpen(standing)) yield `${short(placement)} is ${textOf(standing)}`;
      // Lapses of time follow the clock of the replica that owns the image at that moment.
      // A partition that has not counted its closings yet looks at them an hour later.
      const expected = [0, -facts.skewMs, facts.skewMs, -lateMs].map((ms) => recommendedAt(known, facts.now + ms));
      if (isDoubted(dropped, emitted.get(placement))) continue;
      if (!expected.some((each) => isSameStanding(emitted.get(placement), each)))
        yield `${short(placement)} is ${textOf(expected[0])}, and ${textOf(emitted.get(placement))} is recommended`;
    }
    for (const {
      image: { digest },
      registry,
      repository,
    } of facts.pushes) {
      const known = all.get(placementKey({ registryId: registry.registryId, repository, digest }));
      const state = registry.state(repository, digest);
      if (state === 'tagged' && !known) yield `${repository}@${short(digest)} was pushed, and nobody knows of it`;
      const standing = known && !isIndexOnly(known) ? standingAt(known, facts.now) : undefined;
      if (state === 'gone' && standing && standing.reason !== 'image-deleted')
        yield `${repository}@${short(digest)} is gone, and is ${standing.status}`;
      if (state === 'tagged' && standing?.reason === 'image-deleted')
        yield `${repository}@${short(digest)} is there, and is deleted`;
    }
  },
};

/**
 * An outage of a registry, or of a service that the runner needs, keeps no image from being assessed. Once it is over,
 * failures caused by it are retried.
 */
export const nothingIsGivenUp: Invariant = {
  name: 'nothing is given up for what was away',
  *broken(facts) {
    const all = knownFrom(facts.events, facts.marks);
    for (const {
      image: { digest },
      registry,
      repository,
    } of facts.pushes) {
      // No sweep finds an image without a tag that was gone before.
      if (registry.state(repository, digest) !== 'tagged') continue;
      const known = all.get(placementKey({ registryId: registry.registryId, repository, digest }));
      const { reason = '' } = known && !isIndexOnly(known) ? standingAt(known, facts.now) : {};
      // A scan may take too long without any fault.
      if (/failed\/(unreachable|rate-limited|gone|blobs-unreachable|system-failed|internal)$/.test(reason))
        yield `${repository}@${short(digest)} is there, and is ${reason}`;
    }
  },
};

const minuteMs = 60_000;
/** Now, when pushes are overdue, and when every healthy image is stale. */
const laterMs = [0, 16 * minuteMs, 25 * 60 * minuteMs, staleAfterMs + 24 * 60 * minuteMs];

/** Marks that were read with the events, and what databases give. */
interface ReadMarks {
  readonly marks: readonly EmittedMark[];
  readonly partitions: number;
  readonly found: (digest: string, database: string, build: string) => readonly SetEntry[] | undefined;
}

const unmarked: ReadMarks = { marks: [], partitions: 1, found: () => undefined };

/** True unless nothing is known of an image but its tags. */
const isPlaced = ({ push, deleted, verdict, answer, scanned }: Known): boolean =>
  [push, deleted, verdict, answer].some((each) => each !== undefined) || scanned.size > 0;

/** The product's status for the events in the log at a time equals the contract's, in any order of topics. */
export const misshown = function* (
  events: readonly Emitted[],
  now: number,
  shownBy: typeof shownStatus = shownStatus,
  { marks, partitions, found }: ReadMarks = unmarked,
): Iterable<string> {
  const byTopic = [...Map.groupBy(events, ({ topic }) => topic).values()].flat();
  const views = [events, byTopic].map((order) => viewOf(order, marks, partitions));
  for (const [placement, known] of knownFrom(events, marks)) {
    for (const shown of views.map((view) => view.get(placement))) {
      if (!shown) {
        if (isPlaced(known)) yield `${short(placement)} is known, and not shown`;
        continue;
      }
      const { state, set } = shown;
      const { covered, classified, declined } = state;
      const database = databaseIn(state)?.digest;
      const isDeclined = (declined?.verdict ?? 0) > (classified?.verdict ?? 0);
      if (set && database !== undefined && classified?.result !== undefined && !isDeclined && !lacksSet(state)) {
        const gives = found(state.placement.digest, database, classified.scanner.digest);
        const given = set.findings.filter(({ advisoryRemoved }) => advisoryRemoved === undefined);
        if (gives !== undefined && factsOf(gives) !== factsOf(given))
          yield (
            `${short(placement)} is shown ${covered ? 'under a mark ' : ''}with ${database.slice(-4)}, which gives ` +
            `${factsOf(gives)}, and shown is ${factsOf(given)}`
          );
      }
      if (isIndex(state) !== isIndexOnly(known))
        yield `${short(placement)} is taken for ${isIndex(state) ? 'an index' : 'an image'}`;
      if (isIndexOnly(known)) continue;
      for (const parked of [false, true]) {
        for (const ms of laterMs) {
          const [shown, expected] = [
            shownBy(state, { now: now + ms, parked, staleAfterMs }),
            (parked ? parkedAt : standingAt)(known, now + ms),
          ];
          if (!isSameStanding(shown, expected))
            yield (
              `${short(placement)} is ${textOf(expected)}${parked ? ', with something parked' : ''}` +
              `${ms > 0 ? `, ${ms / minuteMs} minutes later` : ''}, ` +
              `and shown as ${textOf(shown)}`
            );
        }
      }
    }
  }
};

export const theViewIsRight: Invariant = {
  name: 'what is shown is what the contract says, in whatever order the topics came',
  *broken(facts) {
    // At the end, and at each approval, while work is pending.
    for (const time of new Set([facts.now, ...ofTopic(facts, 'scan.approved').map(({ at }) => at)]))
      yield* misshown(
        facts.events.filter(({ at }) => at <= time),
        time,
        shownStatus,
        {
          marks: facts.marks.filter(({ at }) => at <= time),
          partitions: facts.records.partitions,
          found: (digest, database, build) => foundBy(facts.scene.all.get(digest)!, database, build),
        },
      );
  },
};

/** Time for leases to expire, for attempts and for their pauses, after everything can be reached again. */
const recoveryMs = 6 * minuteMs;

/** Once everything can be reached, a push is answered by its deadline, or soon after. */
export const deadlinesHold: Invariant = {
  name: 'no push is queued for ever',
  *broken(facts) {
    for (const [placement, known] of knownFrom(facts.events, facts.marks)) {
      const { push } = known;
      if (!push || isIndexOnly(known) || push.origin === 'sweep') continue;
      const by = Math.max(waitOf(push), facts.healedAt) + recoveryMs + facts.skewMs;
      if (by < facts.now && !isAnswered(knownBy(facts, by).get(placement)!))
        yield `${short(placement)} was pushed at ${push.receivedAt} and not answered by ${new Date(by).toISOString()}`;
    }
  },
};

/** Time for restarts, for moving partitions, and for the check, once per second, whether everything was received. */
const noticeMs = 2 * minuteMs;

/** A lapse of time is emitted when it happens: not before, and not only when a reader asks. */
export const lapsesAreEmitted: Invariant = {
  name: 'what became overdue or stale was said',
  *broken(facts) {
    const emitted = Map.groupBy(ofTopic(facts, 'recommendation.changed'), ({ data }) => placementKey(data));
    for (const [placement, known] of knownFrom(facts.events, facts.marks)) {
      const { push } = known;
      if (!push || isIndexOnly(known)) continue;
      const by = Math.max(waitOf(push), facts.reachedAt) + noticeMs + facts.skewMs;
      const isLate = by < facts.now && !isAnswered(knownBy(facts, by).get(placement)!);
      if (isLate && !emitted.get(placement)?.some(({ data: { reason }, at }) => reason === 'overdue' && at <= by))
        yield `${short(placement)} was pushed at ${push.receivedAt}, and nobody said that it is overdue`;
    }
    for (const { at, data } of [...emitted.values()].flat()) {
      if (
        (data.reason === 'overdue' || data.reason === 'stale') &&
        Date.parse(data.since) > at + Math.max(1, facts.skewMs)
      )
        yield (
          `${short(placementKey(data))} was called ${data.reason} ${Date.parse(data.since) - at} ms before ` +
          'its time'
        );
    }
  },
};
