import { at, placementKey, recalledIn, type AssayEvent, type EventFor, type ScanTimes } from '@assay/events';
import type { DecideContext, Decision, EventDraft, Job, State, Trouble, WantedJob } from '@assay/event-sourcing';
import { defineDecider, sharedLane, type DueMark, type Marks } from '@assay/event-sourcing/decider';
import { compact, isOver, latestOf } from './compact.ts';
import { completed, described, ended, joined, started, type Answered } from './drafts.ts';
import { evolveConfig, evolveEmitted, evolveReceived, isDroppedResult, noConfig } from './folds.ts';
import { publishedAgain, reassessmentOf, wantedProofs, wantedReassessment } from './reassessing.ts';
import { provenBy, rematchNoted } from './rematching.ts';
import { nextResult } from './results.ts';
import { isGoodEnough, isSuperseded, knownResult, wasDeclined, type KnownResult, type Situation } from './standing.ts';
import type {
  Bench,
  Config,
  Emitted,
  EmittedPlacement,
  EmittedScan,
  KnownRegistry,
  Note,
  ProofResult,
  Received,
  ScanResult,
  ScanTask,
} from './state.ts';

/** A scan that could not begin before its deadline may still give a better result for this long. */
const graceMs = 24 * 60 * 60_000;

interface Open extends Answered {
  /** A time-out, or a failure that is retried, was published, and a better result may follow. */
  readonly late: boolean;
  readonly trying: boolean;
  /** It failed for good, and is tried again since a database was announced. Another failure is not published. */
  readonly again: boolean;
  /** It failed for want of this Java database, by its digest. */
  readonly java?: string;
}

/** A decision about approvals, and the scans that failed for good. */
interface Answers extends Decision {
  readonly tried?: readonly string[];
}

const nothingEmitted: EmittedPlacement = { scans: {}, answered: 0, hasResult: false, settled: 0 };

/**
 * True if an approval failed for good by another database than the announced one, or for want of the Java database that
 * was announced, and was not tried again since.
 */
const isTriedAgain = (scanId: string, { failedWith, lacksJava }: EmittedScan, { config, note }: Situation): boolean =>
  failedWith !== undefined &&
  config.announcement !== undefined &&
  (failedWith !== config.announcement.database.digest ||
    (lacksJava === true && config.announcement.java !== undefined)) &&
  note.tried?.[scanId] !== config.announcement.announced;

/**
 * Returns the approvals that are to be answered. Of a placement only the latest approval is retried. A failure that
 * needs a repair is retried until it is repaired, or until the image is gone.
 */
const openApprovals = (situation: Situation): Open[] =>
  Object.entries(situation.received.placements)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, placement]) => {
      const latest = latestOf(placement);
      const done = situation.emitted.placements[key] ?? nothingEmitted;
      return Object.values(placement.approvals)
        .toSorted((a, b) => a.data.verdict - b.data.verdict)
        .flatMap(({ data, cause }): Open[] => {
          const scan = done.scans[data.scanId];
          const afterDecline = wasDeclined(placement, done, data.verdict);
          const approval = { data, cause, afterDecline, late: false, trying: false, again: false };
          if (scan?.outcome === undefined || scan.missing > 0) return [approval];
          if (!isOver(scan, done, latest)) {
            if (scan.trying) return [{ ...approval, late: true, trying: true }];
            if (situation.now < Date.parse(data.deadline) + graceMs) return [{ ...approval, late: true }];
          }
          if (data.verdict !== latest || scan.trying || !isTriedAgain(data.scanId, scan, situation)) return [];
          const java = scan.lacksJava ? situation.config.announcement?.java?.digest : undefined;
          return [{ ...approval, late: true, again: true, ...(java === undefined ? {} : { java }) }];
        });
    });

/** The state after the events of a decision. They stand behind every mark, so they have no sequence yet. */
const after = (situation: Situation, events: readonly EventDraft[]): Situation => ({
  ...situation,
  emitted: events
    .filter(({ topic }) => topic !== 'vulnerability.described')
    .reduce<Emitted>(
      (emitted, { topic, data }) =>
        evolveEmitted(emitted, { topic, data } as AssayEvent as EventFor<'sandbox-runner', 'produces'>),
      situation.emitted,
    ),
});

export const decideOn =
  (bench: Bench) =>
  (
    { received, emitted }: Pick<State<Received, Emitted>, 'received' | 'emitted'>,
    { key, config, now, jobs, marks, note: noted = {} }: DecideContext<Config>,
  ): Decision => {
    const note = noted as Note;
    const known: Situation = { key, received, emitted, config, marks, note, now, bench };
    const rematch = provenBy(known, jobs);
    const again = publishedAgain(known);
    const first = after(rematch ? { ...known, note: { ...note, rematch } } : known, again);
    const { events: news, assessed } = reassessmentOf(first, jobs);
    const second = after(assessed ? { ...first, note: { ...first.note, assessed } } : first, news);
    const { tried, events, jobs: scans = [], wakeAt } = answersIn(second, jobs);
    const last = after({ ...second, note: withTried(second.note, tried, config) }, events);
    return {
      events: [...again, ...news, ...events],
      jobs: [...scans, ...wantedReassessment(last, jobs, scans.length > 0), ...wantedProofs(last, jobs)],
      wakeAt,
      note: noteOf(last),
    };
  };

const withTried = (note: Note, tried: readonly string[] | undefined, { announcement }: Config): Note =>
  tried && tried.length > 0 && announcement
    ? {
        ...note,
        tried: { ...note.tried, ...Object.fromEntries(tried.map((scanId) => [scanId, announcement.announced])) },
      }
    : note;

/** The note without what is not true any more. */
const noteOf = (situation: Situation): Note | undefined => {
  const { note, emitted, config } = situation;
  const { assessed, tried = {} } = note;
  const rematch = rematchNoted(situation);
  const isTrue = assessed !== undefined && assessed.result === emitted.standing?.result;
  const present = Object.entries(tried).filter(([, announced]) => announced === config.announcement?.announced);
  if (!isTrue && !rematch && present.length === 0) return undefined;
  return {
    ...(isTrue ? { assessed } : {}),
    ...(present.length > 0 ? { tried: Object.fromEntries(present) } : {}),
    ...(rematch ? { rematch } : {}),
  };
};

const answersIn = (situation: Situation, jobs: readonly Job[]): Answers => {
  const { config } = situation;
  const open = openApprovals(situation);
  const known = knownResult(situation);
  if (known && isGoodEnough(known, situation)) return joining(open, known, jobs, situation);
  const lead = open.find((each) => jobOf(each, jobs)?.state === 'finished');
  const done = lead && jobOf(lead, jobs);
  if (!done) return waiting(open, leadsOf(open, jobs, config), jobs, situation);
  const { answered, events, tried, isResult } = answersOf(open, lead, done, situation);
  const others = open.filter((each) => !answered.includes(each));
  const rest = jobs.filter((job) => job !== done);
  const next = after(situation, events);
  const more = isResult ? othersOf(others, rest, next) : waiting(others, leadsOf(others, rest, config), rest, next);
  return { ...more, events: [...events, ...more.events], tried: [...tried, ...(more.tried ?? [])] };
};

/**
 * The other approvals of a digest that was just scanned. Those whose registry has proved that it has the image are
 * answered with the result in any case, all others only if a later decision would do so, too.
 */
const othersOf = (others: readonly Open[], jobs: readonly Job[], situation: Situation): Answers => {
  const known = knownResult(situation);
  if (known && isGoodEnough(known, situation)) return joining(others, known, jobs, situation);
  const proven = new Set(
    others.filter(({ data }) => situation.emitted.placements[placementKey(data)]?.owner !== undefined),
  );
  const { events = [] } = known ? joining([...proven], known, jobs, situation) : {};
  const rest = others.filter((each) => !known || !proven.has(each));
  const more = waiting(rest, leadsOf(rest, jobs, situation.config), jobs, situation);
  return { ...more, events: [...events, ...more.events] };
};

/**
 * Answers approvals with the known result of the digest, once their registry has proved that it has the image. A digest
 * is no secret: knowing it, or the whole manifest, does not prove possession.
 */
const joining = (open: readonly Open[], known: KnownResult, jobs: readonly Job[], situation: Situation): Answers => {
  const decisions = [...Map.groupBy(open, ({ data }) => placementKey(data))].map(([place, each]): Answers => {
    if (situation.emitted.placements[place]?.owner !== undefined)
      return { events: each.map((approval) => joined(approval, known)) };
    const job = jobs.find(({ id }) => id === proofId(place));
    const result = job?.state === 'finished' ? (job.result as ProofResult) : undefined;
    if (!job || !result) return proving(place, each, job, situation);
    return 'shown' in result
      ? { events: each.map((approval) => joined(approval, known, result.shown)) }
      : failing(each, result, job, situation);
  });
  const wakes = decisions.flatMap(({ wakeAt }) => wakeAt ?? []);
  return {
    events: decisions.flatMap(({ events }) => events),
    jobs: decisions.flatMap(({ jobs: wants = [] }) => wants),
    wakeAt: wakes.length > 0 ? Math.min(...wakes) : undefined,
    tried: decisions.flatMap(({ tried = [] }) => tried),
  };
};

const proofId = (place: string): string => `shows/${place}`;

/** A HEAD answer of the registry is enough if the same owner has proved that it has the image. */
const proving = (place: string, open: readonly Open[], job: Job | undefined, situation: Situation): Answers => {
  const { emitted, config, now } = situation;
  const lead = at(open, 0);
  const registry = registryOf(lead, config);
  const owner = lead.data.subscriptionId.toLowerCase();
  const shows = Object.values(emitted.placements).some((each) => each.owner === owner) ? 'word' : 'bytes';
  const jobs = registry
    ? [wanted(open, lead, registry, now)].map(({ lane, payload }) => ({
        id: proofId(place),
        lane,
        payload: { ...payload, shows },
      }))
    : [];
  return { ...waiting(open, [], [], situation, () => job?.trouble as Trouble | undefined), jobs };
};

const jobId = ({ data }: Open): string => `scan/${placementKey(data)}`;
const jobOf = (each: Open, jobs: readonly Job[]): Job | undefined => jobs.find(({ id }) => id === jobId(each));
const troubleOf = (each: Open, jobs: readonly Job[]): Trouble | undefined =>
  jobOf(each, jobs)?.trouble as Trouble | undefined;
const registryOf = ({ data }: Open, config: Config): KnownRegistry | undefined =>
  config.registries.get(data.registryId.toLowerCase());
const isSameRegistry = (a: Open, b: Open): boolean =>
  a.data.registryId.toLowerCase() === b.data.registryId.toLowerCase();

/** Returns the trouble of an approval: that of its own job, or, if its registry is away, that of any job there. */
const troubleFor = (each: Open, open: readonly Open[], jobs: readonly Job[]): Trouble | undefined =>
  troubleOf(each, jobs) ??
  open
    .filter((other) => isSameRegistry(each, other))
    .map((other) => troubleOf(other, jobs))
    .find((trouble) => trouble?.patience === 'soon');

/**
 * Returns one lead for all approvals of the digest: the one that is being pulled already, else the first with a known
 * registry. A job in trouble goes on by itself, and another registry is tried beside it.
 */
const leadsOf = (open: readonly Open[], jobs: readonly Job[], config: Config): Open[] => {
  const known = open.filter((each) => registryOf(each, config) !== undefined);
  const troubled = known.filter((each) => troubleOf(each, jobs) !== undefined);
  const others = known
    .filter((each) => troubleFor(each, known, jobs) === undefined)
    .toSorted((a, b) => Number(a.late) - Number(b.late));
  const lead = others.find((each) => jobOf(each, jobs) !== undefined) ?? others[0];
  return [...(lead ? [lead] : []), ...new Map(troubled.map((each) => [jobId(each), each])).values()];
};

/**
 * @param leads approvals whose images are pulled
 * @param troubleWith the trouble of an approval
 */
const waiting = (
  open: readonly Open[],
  leads: readonly Open[],
  jobs: readonly Job[],
  situation: Situation,
  troubleWith = (each: Open): Trouble | undefined => troubleFor(each, open, jobs),
): Answers => {
  const { config, now, bench } = situation;
  const leased = leads.map((each) => jobOf(each, jobs)).find((job) => job?.state === 'leased');
  const ends = open.flatMap((each) => unfinished(each, troubleWith(each), now, jobOf(leads[0] ?? each, jobs), bench));
  const isAnswered = (each: Open): boolean =>
    ends.some(({ data }) => (data as { scanId: string }).scanId === each.data.scanId);
  const wakes = open.flatMap((each) => {
    const deadline = Date.parse(each.data.deadline);
    if (!each.late && !isAnswered(each)) return [deadline];
    return each.trying || each.again || troubleWith(each) ? [] : [deadline + graceMs];
  });
  return {
    events: [...open.flatMap((each) => begun(each, leased, situation)), ...ends],
    jobs: leads.flatMap((lead) => {
      const registry = registryOf(lead, config);
      if (!registry) return [];
      const job = wanted(open, lead, registry, now);
      return [lead.java === undefined ? job : { ...job, payload: { ...(job.payload as ScanTask), java: lead.java } }];
    }),
    wakeAt: wakes.length > 0 ? Math.min(...wakes) : undefined,
  };
};

const wanted = (open: readonly Open[], lead: Open, registry: KnownRegistry, now: number): WantedJob => {
  const { data, cause } = lead;
  const fresh = open.filter(({ late, data: { deadline } }) => !late && now < Date.parse(deadline));
  // The lane `rescan` is that of images that are assessed again without an approval.
  const lane = fresh.some(({ data: { lane: own } }) => own === 'push') ? 'push' : 'backfill';
  const task: ScanTask = {
    registry,
    repository: data.repository,
    digest: data.digest,
    platform: data.platform,
    owner: data.subscriptionId,
    scanId: data.scanId,
    ...(cause.traceparent ? { traceparent: cause.traceparent } : {}),
  };
  const { subscriptionId, repository } = data;
  const names = [subscriptionId, registry.loginServer, repository].map((name) => name.toLowerCase());
  return { id: jobId(lead), lane: sharedLane(lane, names), payload: task };
};

/**
 * A finished job answers the approval that it was pulled for, and its result is known to all others. A failure of the
 * scanner answers all of them.
 */
const answersOf = (
  open: readonly Open[],
  lead: Open,
  job: Job,
  situation: Situation,
): { answered: readonly Open[]; events: readonly EventDraft[]; tried: readonly string[]; isResult: boolean } => {
  const result = job.result as ScanResult;
  if ('failed' in result || !result.succeeded) {
    // A failure before the scanner ran does not concern the same image in another registry, which may serve it.
    const answered =
      'failed' in result || result.scannerMs > 0 ? open : open.filter((each) => jobId(each) === jobId(lead));
    const { events, tried = [] } = failing(answered, result, job, situation);
    return { answered, events, tried, isResult: false };
  }
  const known = knownResult(situation);
  const events =
    known && isSuperseded(result, known, situation.config)
      ? [joined(lead, known, 'bytes')]
      : [
          ...described(result.descriptions, result, lead.cause),
          ...completed(lead, result, nextResult(situation.emitted, result), job.attempt),
        ];
  return { answered: [lead], events, tried: [], isResult: true };
};

type Failure = Exclude<ScanResult, { readonly succeeded: true }>;

/** A failure is published, unless one was and the scan was tried again. It is not tried once more at once. */
const failing = (approvals: readonly Open[], result: Failure, job: Job, { bench }: Situation): Answers => {
  const { code: reason, ...times } = endingOf(result, job);
  return {
    events: approvals
      .filter(({ again }) => !again)
      .map((approval) => ended(approval, 'failed', { reason, attempt: job.attempt, times }, bench)),
    tried: approvals.map(({ data }) => data.scanId),
  };
};

const endingOf = (result: Failure, job: Job): ScanTimes & { readonly code: string } =>
  'failed' in result
    ? { code: result.failed, startedAt: new Date(job.enqueuedAt).toISOString(), scannerMs: 0, pullMs: 0 }
    : result;

/**
 * Answers an approval whose scan has not ended: with the cause at its deadline; before it, with a failure that needs a
 * repair. The scan is still tried, and may give a better answer.
 */
const unfinished = (
  each: Open,
  trouble: Trouble | undefined,
  now: number,
  job: Job | undefined,
  bench: Bench,
): EventDraft[] => {
  const { data, late, trying, again } = each;
  const isDue = now >= Date.parse(data.deadline);
  if (trying || again || (late ? !trouble : !isDue && trouble?.patience !== 'later')) return [];
  const times = { startedAt: new Date(job?.enqueuedAt ?? now).toISOString(), scannerMs: 0, pullMs: 0 };
  const attempt = job?.attempt ?? 0;
  return [
    trouble
      ? ended(each, 'failed', { reason: trouble.code, attempt, times, trying: true }, bench)
      : ended(each, 'timed-out', { reason: 'deadline', attempt, times }, bench),
  ];
};

const begun = (each: Open, job: Job | undefined, { emitted, bench }: Situation): EventDraft[] => {
  const scan = emitted.placements[placementKey(each.data)]?.scans[each.data.scanId];
  if (job?.state !== 'leased' || each.late || (scan?.started ?? 0) >= job.attempt) return [];
  return [started(each, job.attempt, bench)];
};

/** The mark of the last announcement, once for each partition. */
const markOf = ({ config, marks }: { readonly config: Config; readonly marks: Marks }): DueMark | undefined => {
  const { announcement } = config;
  if (!announcement || marks.emitted?.announced === announcement.announced) return undefined;
  const { scanner, database, announced } = announcement;
  return { scanner, database, announced };
};

/** Scans each digest once and answers every approval. */
export const deciderOn = (bench: Bench) =>
  defineDecider<'sandbox-runner', Received, Emitted, Config>({
    app: 'sandbox-runner',
    stateVersion: 9,
    hasJobs: true,
    empty: () => ({
      received: { placements: {} },
      emitted: { placements: {} },
    }),
    evolveReceived,
    evolveEmitted,
    compact,
    decide: decideOn(bench),
    mark: markOf,
    registriesIn: (payload) => (payload as ScanTask).heldIn ?? [],
    noConfig,
    evolveConfig,
    matters: (event) =>
      event.topic === 'registry.observed' ||
      event.topic === 'advisories.updated' ||
      recalledIn(event) !== undefined ||
      isDroppedResult(event),
  });
