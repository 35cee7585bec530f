import {
  canonical,
  changeOf,
  intoPages,
  isoTime,
  judgedOf,
  placementKey,
  present,
  recalledDatabaseIn,
  recalledIn,
  resultLost,
  scanSummaryOf,
  setSum,
  sizeOf,
  sortedEntries,
  withdrawnDatabaseIn,
  type Cause,
  type ClassificationCause,
  type ClassificationRef,
  type ClassifiedFinding,
  type Database,
  type SetChange,
  type SystemPackages,
} from '@assay/events';
import type { DecideContext, Decision, EventDraft } from '@assay/event-sourcing';
import {
  answerTo,
  coveringMark,
  defineDecider,
  type Covering,
  type Marks,
  type PartitionMark,
} from '@assay/event-sourcing/decider';
import {
  databaseRecalled,
  scannerRecalled,
  standing,
  systemPackagesIn,
  type Evidence,
  type Standing,
} from '@assay/verdict';
import { evolveConfig, noConfig, scopeOf } from './config.ts';
import { evolveEmitted, layersKey, sightings } from './emitted.ts';
import { classified, counted, programVersion, rulesFor, scopesOf, type RuledImage } from './findings.ts';
import { countOfKept, stillKept } from './kept.ts';
import { evolveReceived, isWhole } from './received.ts';
import type {
  Config,
  Emitted,
  EmittedHead,
  EmittedPlacement,
  KeptFinding,
  LostResult,
  Recall,
  Received,
  ReceivedPlacement,
  ResultFacts,
  ScanAnswer,
  StandingSet,
} from './state.ts';
import { mayConcern, summarise } from './summary.ts';

/** After so many changes a set is whole again, so that a reader that begins late has not far to go. */
const mostChanges = 64;

/** Limits the positions of a change, which are in each of its pages. Characters of JSON. */
const positionsBytes = 64 * 1024;

/** An answer with the findings and facts that it rests on. */
interface Basis extends ScanAnswer {
  readonly facts: ResultFacts;
  /** Absent without success. */
  readonly set?: StandingSet;
  readonly kept?: readonly KeptFinding[];
  /** Of a success whose set is not known. */
  readonly lost?: LostResult;
}

/** Emits a classification for each placement whose answer and result are not classified by today's rules yet. */
const decide = (
  { received, emitted }: { received: Received; emitted: Emitted },
  { config, now, marks, isBehindMark }: DecideContext<Config>,
): Decision => {
  const answers = sortedEntries(received.placements).flatMap(([key, placement]) => {
    const basis = basisOf(placement, received);
    return basis ? [answerOf(basis, placement, emitted[key], { config, now, marks, isBehindMark })] : [];
  });
  const wakes = answers.flatMap(({ expiries }) => expiries).filter((expiry) => expiry > now);
  return {
    events: answers.flatMap(({ events }) => events),
    wakeAt: wakes.length > 0 ? wakes.reduce((first, each) => Math.min(first, each)) + 1 : undefined,
    // The mark of another database ends the doubt, and the wait of findings for it. It is no event of the image.
    ...(answers.some(({ awaitsDatabase }) => awaitsDatabase) ? { awaitsMark: true } : {}),
  };
};

/** A success counts as a failure until its set is known: an image is never healthy by findings of before. */
const basisOf = ({ answer }: ReceivedPlacement, { set, kept = [], lost }: Received): Basis | undefined => {
  if (answer === undefined) return undefined;
  const { head } = answer;
  if (head.outcome !== 'succeeded') return { ...answer, facts: present(answer.facts, 'facts of the failure') };
  if (lost) return { ...answer, head: { ...head, outcome: 'failed', reason: resultLost }, facts: lost.facts, lost };
  return { ...answer, facts: present(set, 'standing set').facts, set: present(set, 'standing set'), kept };
};

interface PlacementAnswer {
  readonly events: readonly EventDraft[];
  /** When the rules that exempt something expire, ms since the epoch. */
  readonly expiries: readonly number[];
  /** True if the image was assessed last by a database that was recalled, or has findings that wait for a later one. */
  readonly awaitsDatabase: boolean;
}

const answerOf = (
  basis: Basis,
  { declinedBefore = 0 }: ReceivedPlacement,
  emitted: EmittedPlacement | undefined,
  { config, now: clock, ...covered }: Pick<DecideContext<Config>, 'config' | 'now' | 'marks' | 'isBehindMark'>,
): PlacementAnswer => {
  const { head, facts, set, lost } = basis;
  const result = set ?? lost;
  // Clocks of hosts differ: a rule that expired by another host's clock must not apply again on a host whose clock is
  // behind.
  const now = emitted ? Math.max(clock, Date.parse(emitted.at)) : clock;
  const image = { ...head, ...(facts.os ? { os: facts.os } : {}) };
  const rules = rulesFor(config, image, now);
  const seen = isoTime(now);
  const before = emitted && sightings(emitted);
  const { marks } = covered;
  const database = databaseOf(basis, marks);
  const waiting = set ? stillKept(basis.kept ?? [], emitted, database) : [];
  const all = waiting.length > 0 ? canonical([...(set?.findings ?? []), ...waiting]) : (set?.findings ?? []);
  const { findings, exempting } = classified(all, image, rules, (key) => before?.get(key) ?? seen);
  const expiries = [...exempting].flatMap(({ rule }) => (rule.expiresAt ? [Date.parse(rule.expiresAt)] : []));
  const ofBuild = config.recalled[facts.scanner.digest];
  const ofDatabase = config.recalledDatabases[database.digest];
  const recall = ofBuild ?? ofDatabase;
  const restsOnRecalled = set !== undefined && ofDatabase !== undefined;
  const awaitsDatabase = restsOnRecalled || waiting.length > 0;
  const evidence = evidenceOf(basis, { recalled: ofBuild !== undefined, databaseRecalled: restsOnRecalled });
  const stands = standing(evidence, findings.filter(({ state }) => state === 'active').length);

  const change = changeBetween(emitted?.findings ?? [], findings);
  const same = {
    isSame: sizeOf(change) === 0,
    isKeptAsBefore: countOfKept(emitted?.findings ?? []) === countOfKept(findings),
  };
  const cause =
    causeOf(basis, emitted, same, stands, evidence, {
      ...config,
      recall,
      changed: movedBy(change, emitted?.findings ?? [], image, config),
    }) ?? (isLeftBehind(basis, emitted?.last, covered) ? againBy(basis, stands, emitted?.last) : undefined);
  if (cause === undefined) return { events: [], expiries, awaitsDatabase };
  const newest = emitted?.pending ?? emitted?.last;
  const classification = newest?.verdict === head.verdict ? newest.classification + 1 : 1;
  const { scanId, mode } = head;
  const base = isBase(emitted, declinedBefore, set) ? emitted : undefined;
  const isChange = base !== undefined && isSmall(change, findings.length);
  const content = isChange
    ? { content: 'change', base: refOf(base.last), ...positionsOf(change) }
    : { content: 'set', ...(set && set.layers.length > 0 ? { layers: set.layers } : {}) };
  const kept = {
    ...judgedOf(head),
    scanId,
    classification,
    cause: cause.as,
    basis: [
      programVersion,
      basis.id,
      ...(result && result.id !== basis.id ? [result.id] : []),
      ...rules.map(({ rule: { ruleId }, cause: { id } }) => `rule/${ruleId}/${id}`),
    ],
    ...stands,
    ...counted(findings),
    ...scanSummaryOf(facts),
    database,
    ...(evidence.system ? { system: evidence.system } : {}),
    mode,
    ...(set ? { result: set.result } : {}),
    ...content,
    set: setSum(findings),
  };
  const pages = intoPages(kept, { findings: isChange ? change.findings : findings });
  const events = pages.map((data) => ({
    topic: 'finding.classified' as const,
    cause: cause.from,
    idempotencyKey: placementKey(head),
    occurrence: `${head.verdict}.${classification}/${data.page}`,
    data,
  }));
  return { events, expiries, awaitsDatabase };
};

/**
 * The database that the set stands on now. If a mark covers the set, nothing differs by the database of the mark. A set
 * behind the mark has one of its own, which may be older or newer.
 */
const databaseOf = (basis: Basis, { received }: Marks): Database =>
  covering(basis, received, basis.set?.sequence)?.database ?? basis.facts.database;

/** @param sequence of the last event of the image in the topic of the mark. Without it, no mark covers the image */
const covering = (
  { head: { digest, registryId }, facts: { scanner } }: Basis,
  mark: PartitionMark | undefined,
  sequence: string | undefined,
): Covering | undefined => coveringMark(mark, { digest, registryIds: [registryId], scanner: scanner.name, sequence });

/**
 * True if the set stands on the database of the last mark, and readers cannot know that: the own mark excepts the
 * digest, because an event of it was parked, failed or came behind the mark of the runner. That may be an event of
 * another placement, and then no other event gives this one the newer database.
 */
const isLeftBehind = (
  basis: Basis,
  last: EmittedHead | undefined,
  { marks, isBehindMark = false }: Pick<DecideContext<Config>, 'marks' | 'isBehindMark'>,
): boolean => {
  const { received, emitted } = marks;
  if (!basis.set || !last || !received) return false;
  const { digest } = received.database;
  const known = covering(basis, emitted, last.sequence)?.database.digest ?? last.database;
  if (known === digest || databaseOf(basis, marks).digest !== digest) return false;
  return answerTo(marks) === undefined || isBehindMark;
};

interface DueCause {
  readonly as: ClassificationCause;
  /** The event that is answered. */
  readonly from: Cause;
}

/** An image that stands recalled is assessed by none now, so another database gives it no first assessment. */
const againBy = (
  { cause, set, lost }: Pick<Basis, 'cause' | 'set' | 'lost'>,
  stands: Standing,
  last?: EmittedHead,
): DueCause => ({
  as: isAssessed(last) || isRecalled(stands) ? 'rescan' : 'scan',
  from: (set ?? lost)?.cause ?? cause,
});

/**
 * The last event of the rules that exempt other findings than before, as they were made, changed or removed. An expired
 * rule has none of its own: the event that set its end is the cause.
 */
const movedBy = (
  { ruled }: SetChange<ClassifiedFinding>,
  before: readonly ClassifiedFinding[],
  image: RuledImage,
  { rules, removed, changed }: Config,
): Cause | undefined => {
  const scopes = new Set(scopesOf(image));
  const ids = new Set(ruled.flatMap(({ ruleId, at }) => [ruleId, ...at.map((position) => before[position]?.ruleId)]));
  return (
    [
      ...Object.values(rules).map(({ rule, ...held }) => ({ ruleId: rule.ruleId, scope: scopeOf(rule), ...held })),
      ...Object.values(removed),
    ]
      .filter(({ ruleId, scope }) => ids.has(ruleId) && scopes.has(scope))
      .toSorted((a, b) => b.offset - a.offset)[0]?.cause ?? changed
  );
};

/** Why a placement is classified now. Nothing, if its last classification stands. */
const causeOf = (
  basis: Basis,
  emitted: EmittedPlacement | undefined,
  { isSame, isKeptAsBefore }: { readonly isSame: boolean; readonly isKeptAsBefore: boolean },
  stands: Standing,
  { system }: Evidence,
  {
    changed,
    databasesActed,
    recall,
  }: Pick<Config, 'databasesActed'> & { readonly changed: Cause | undefined; readonly recall: Recall | undefined },
): DueCause | undefined => {
  const { id, cause, head, set } = basis;
  const last = emitted?.last;
  if (!last?.basis.includes(id))
    return { as: head.kind === 'rescan' && isAssessed(last) ? 'rescan' : 'scan', from: cause };
  const assessedAgain = againBy(basis, stands, last);
  if (last.result !== set?.result) return assessedAgain;
  const standsAsBefore =
    last.status === stands.status && last.reason === stands.reason && isSameSystem(last.system, system);
  if (!emitted?.pending && isSame && standsAsBefore) return undefined;
  if (recall && isRecalled(stands) && stands.reason !== last.reason) return { as: 'recall', from: recall.cause };
  // The mark of another database came, or the recall was taken back. A mark is no event, so the order is the cause.
  if (last.reason === databaseRecalled && stands.reason !== databaseRecalled)
    return { ...assessedAgain, from: databasesActed?.cause ?? assessedAgain.from };
  // The mark of a database that agrees came: it is no event either, and the result before it has the findings no more.
  if (!isKeptAsBefore) return assessedAgain;
  // The findings are the same, so the facts differ: another placement joined the result with a newer database.
  if (set && isSame && !standsAsBefore && !last.basis.includes(set.id)) return assessedAgain;
  return { as: 'rule', from: changed ?? cause };
};

/** True if readers have the last set of the placement, and a change on it can be written. */
const isBase = (
  emitted: EmittedPlacement | undefined,
  declinedBefore: number,
  set: StandingSet | undefined,
): emitted is EmittedPlacement & { readonly last: EmittedHead } =>
  emitted?.last?.result !== undefined &&
  emitted.pending === undefined &&
  emitted.last.verdict >= declinedBefore &&
  emitted.last.basis.includes(programVersion) &&
  emitted.changes < mostChanges &&
  set !== undefined &&
  emitted.layers === layersKey(set.layers);

const noChange: SetChange<ClassifiedFinding> = { findings: [], removed: [], ruled: [] };

/**
 * The change between two sets in canonical order. Entries made in the same way have the same text, which is compared
 * faster than their fields.
 */
const changeBetween = (
  before: readonly ClassifiedFinding[],
  after: readonly ClassifiedFinding[],
): SetChange<ClassifiedFinding> =>
  before.length === after.length && JSON.stringify(before) === JSON.stringify(after)
    ? noChange
    : changeOf(before, after);

/** True unless the whole set is hardly longer. Positions are short, so those of rules do not count. */
const isSmall = (change: SetChange<ClassifiedFinding>, all: number): boolean =>
  2 * (change.findings.length + change.removed.length) <= all &&
  JSON.stringify(positionsOf(change)).length <= positionsBytes;

const positionsOf = ({ removed, ruled }: SetChange<ClassifiedFinding>): Partial<SetChange<ClassifiedFinding>> => ({
  ...(removed.length > 0 ? { removed } : {}),
  ...(ruled.length > 0 ? { ruled } : {}),
});

const refOf = ({ id, verdict, classification }: EmittedHead): ClassificationRef => ({ id, verdict, classification });

/** Takes its times from the events alone, so that deciding again later gives the same answer. */
const evidenceOf = (
  {
    head: { outcome, reason, mode, receivedAt },
    facts: { os, database, startedAt, witness, inventory, warnings, uncovered },
  }: Basis,
  recalls: Pick<Evidence, 'recalled' | 'databaseRecalled'>,
): Evidence => ({
  outcome,
  ...(reason ? { failure: reason } : {}),
  ...recalls,
  mode,
  ...(os ? { os } : {}),
  ...(outcome === 'succeeded' && inventory ? { system: systemPackagesIn(inventory) } : {}),
  ...(witness ? { witness } : {}),
  ...(warnings ? { warnings } : {}),
  ...(uncovered ? { uncovered } : {}),
  database,
  evaluatedMs: Math.max(Date.parse(startedAt), Date.parse(receivedAt)),
});

/**
 * True if the image was assessed before. A rescan that overtakes its scan, or succeeds after it failed, is the first
 * assessment and counts as a scan.
 */
const isAssessed = (last: EmittedHead | undefined): boolean => last !== undefined && last.status !== 'undetermined';

const isRecalled = ({ reason }: Pick<Standing, 'reason'>): boolean =>
  reason === scannerRecalled || reason === databaseRecalled;

const isSameSystem = (emitted: SystemPackages | undefined, now: SystemPackages | undefined): boolean =>
  emitted?.count === now?.count && emitted?.packageManager === now?.packageManager && emitted?.shell === now?.shell;

/** Turns each scan into a status and findings. */
export const decider = defineDecider<'classifier', Received, Emitted, Config>({
  app: 'classifier',
  stateVersion: 10,
  empty: () => ({ received: { placements: {} }, emitted: {} }),
  evolveReceived,
  isWhole,
  evolveEmitted,
  decide,
  summarise,
  mayConcern,
  noConfig,
  evolveConfig,
  mark: ({ marks }) => answerTo(marks),
  matters: (event) =>
    event.topic === 'rule.changed' ||
    [recalledIn, recalledDatabaseIn, withdrawnDatabaseIn].some((digestIn) => digestIn(event) !== undefined),
  // A mark may stand behind the recall of its database: the runner that emitted it had not read that.
  markMatters: ({ database }, { recalledDatabases }) => recalledDatabases[database.digest] !== undefined,
});
