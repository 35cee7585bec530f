import {
  at,
  intoPages,
  judgedOf,
  placementKey,
  recalledIn,
  scanFactsOf,
  type Cause,
  type ScanApproved,
  type ScanTimes,
} from '@assay/events';
import type { DecideContext, Decision, EventDraft, Job, Trouble, WantedJob } from '@assay/event-sourcing';
import { defineDecider } from '@assay/event-sourcing/decider';
import { evolveConfig, evolveReceived, noConfig, evolveEmitted } from './folds.ts';
import type { Bench, Config, GoodResult, Received, ProofResult, Emitted, ScanResult, ScanTask } from './state.ts';

/** A scan that could not begin before its deadline may still give a better result for this long. */
const graceMs = 24 * 60 * 60_000;

interface Open {
  readonly data: ScanApproved;
  readonly cause: Cause;
  /** A time-out, or a failure that is retried, was published, and a better result may follow. */
  readonly late: boolean;
  readonly trying: boolean;
}

/**
 * Returns the approvals without a completion. A later refusal cancels an approval that was not begun. Of a placement
 * only the latest approval is retried.
 */
const openApprovals = ({ placements }: Received, { scans }: Emitted): Open[] =>
  Object.entries(placements)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { approvals, declined }]) => {
      const latest = Math.max(...Object.values(approvals).map(({ data }) => data.verdict));
      return Object.values(approvals)
        .filter(({ data }) => data.verdict > declined)
        .map(({ data, cause }) => ({ data, cause, emitted: scans[data.scanId] }))
        .filter(
          ({ data, emitted }) =>
            emitted?.outcome === undefined ||
            emitted.missing > 0 ||
            emitted.outcome === 'timed-out' ||
            (emitted.trying && data.verdict === latest),
        )
        .map(({ data, cause, emitted }) => ({
          data,
          cause,
          late: (emitted?.outcome === 'timed-out' || emitted?.trying === true) && emitted.missing === 0,
          trying: emitted?.trying === true,
        }))
        .toSorted((a, b) => a.data.verdict - b.data.verdict);
    });

export const decideOn =
  (bench: Bench) =>
  (
    { received, emitted }: { received: Received; emitted: Emitted },
    { config, now, jobs }: DecideContext<Config>,
  ): Decision => {
    // A failure that needs a repair is retried until it is repaired, or until the image is gone.
    const open = openApprovals(received, emitted).filter(
      ({ data, late, trying }) => !late || trying || now < Date.parse(data.deadline) + graceMs,
    );
    // A recalled scanner is not run any more: its approvals are answered by another scanner, or at the deadline.
    const judging = { emitted, config, now, bench };
    if (config.recalled.includes(bench.scanner.digest)) return waiting(open, [], [], judging);
    const known = emitted.good && isOf(emitted.good, bench) ? emitted.good : undefined;
    if (known) return joining(open, known, jobs, judging);
    const lead = open.find((each) => jobOf(each, jobs)?.state === 'finished');
    const done = lead && jobOf(lead, jobs);
    if (!done) return waiting(open, leadsOf(open, jobs, config), jobs, judging);
    const { answered, drafts, good } = answersOf(open, lead, done, bench);
    const others = open.filter((each) => !answered.includes(each));
    const rest = jobs.filter((job) => job !== done);
    const next = good
      ? joining(others, good, rest, {
          ...judging,
          emitted: { ...emitted, shown: { ...emitted.shown, ...ownerOf(lead) } },
        })
      : waiting(others, leadsOf(others, rest, config), rest, judging);
    return { ...next, events: [...drafts, ...next.events] };
  };

/**
 * True if this runner would get the result again: by its scanner, database and witness. A result that no witness
 * confirms is no basis for a status, so the image is scanned again.
 */
const isOf = ({ scanner, database, witness }: GoodResult, bench: Bench): boolean =>
  scanner.digest === bench.scanner.digest &&
  database.digest === bench.database.digest &&
  witness !== undefined &&
  (bench.witnessVersion === undefined || witness.version === bench.witnessVersion);

interface Judging {
  readonly emitted: Emitted;
  readonly config: Config;
  readonly now: number;
  readonly bench: Bench;
}

const ownerOf = ({ data }: Open): Record<string, string> => ({
  [placementKey(data)]: data.subscriptionId.toLowerCase(),
});

/**
 * Answers approvals with the known result of the digest, once their registry has proved that it has the image. A digest
 * is no secret: knowing it, or the whole manifest, does not prove possession.
 */
const joining = (open: readonly Open[], good: GoodResult, jobs: readonly Job[], judging: Judging): Decision => {
  const decisions = [...Map.groupBy(open, ({ data }) => placementKey(data))].map(([place, each]): Decision => {
    const joined = (more: { shown?: string } = {}): Decision => ({
      events: each.flatMap(({ data, cause }) =>
        completed(data, cause, good, { joinedScanId: good.scanId, attempt: 0, ...more }),
      ),
    });
    if (judging.emitted.shown?.[place] !== undefined) return joined();
    const job = jobs.find(({ id }) => id === proofId(place));
    const result = job?.state === 'finished' ? (job.result as ProofResult) : undefined;
    if (!job || !result) return proving(place, each, job, judging);
    return 'shown' in result
      ? joined({ shown: result.shown })
      : {
          events: each.flatMap(({ data, cause }) =>
            failed(data, cause, endingOf(result, job), job.attempt, judging.bench),
          ),
        };
  });
  const wakes = decisions.flatMap(({ wakeAt }) => wakeAt ?? []);
  return {
    events: decisions.flatMap(({ events }) => events),
    jobs: decisions.flatMap(({ jobs: wants = [] }) => wants),
    wakeAt: wakes.length > 0 ? Math.min(...wakes) : undefined,
  };
};

const proofId = (place: string): string => `shows/${place}`;

/** A HEAD answer of the registry is enough if the same owner has proved that it has the image. */
const proving = (place: string, open: readonly Open[], job: Job | undefined, judging: Judging): Decision => {
  const { emitted, config, now } = judging;
  const lead = at(open, 0);
  const registry = registryOf(lead, config);
  const shows = Object.values(emitted.shown ?? {}).includes(lead.data.subscriptionId.toLowerCase()) ? 'word' : 'bytes';
  const jobs = registry
    ? [wanted(open, lead, registry, now)].map(({ lane, payload }) => ({
        id: proofId(place),
        lane,
        payload: { ...payload, shows },
      }))
    : [];
  return { ...waiting(open, [], [], judging, () => job?.trouble as Trouble | undefined), jobs };
};

const jobId = ({ data }: Open): string => `scan/${placementKey(data)}`;
const jobOf = (each: Open, jobs: readonly Job[]): Job | undefined => jobs.find(({ id }) => id === jobId(each));
const troubleOf = (each: Open, jobs: readonly Job[]): Trouble | undefined =>
  jobOf(each, jobs)?.trouble as Trouble | undefined;
const registryOf = ({ data }: Open, config: Config): Config['registries'][string] | undefined =>
  config.registries[data.registryId.toLowerCase()];
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
  { emitted, config, now, bench }: Judging,
  troubleWith = (each: Open): Trouble | undefined => troubleFor(each, open, jobs),
): Decision => {
  const leased = leads.map((each) => jobOf(each, jobs)).find((job) => job?.state === 'leased');
  const ended = open.flatMap((each) => unfinished(each, troubleWith(each), now, jobOf(leads[0] ?? each, jobs), bench));
  const isAnswered = (each: Open): boolean =>
    ended.some(({ data }) => (data as { scanId: string }).scanId === each.data.scanId);
  const ends = open.flatMap((each) => {
    const deadline = Date.parse(each.data.deadline);
    if (!each.late && !isAnswered(each)) return [deadline];
    return each.trying || troubleWith(each) ? [] : [deadline + graceMs];
  });
  return {
    events: [...open.flatMap((each) => started(each, leased, emitted, bench)), ...ended],
    jobs: leads.flatMap((lead) => {
      const registry = registryOf(lead, config);
      return registry ? [wanted(open, lead, registry, now)] : [];
    }),
    wakeAt: ends.length > 0 ? Math.min(...ends) : undefined,
  };
};

const wanted = (open: readonly Open[], lead: Open, registry: Config['registries'][string], now: number): WantedJob => {
  const { data, cause } = lead;
  const fresh = open.filter(({ late, data: { deadline } }) => !late && now < Date.parse(deadline));
  const lane =
    (['push', 'backfill', 'rescan'] as const).find((each) => fresh.some(({ data: { lane: own } }) => own === each)) ??
    'backfill';
  const task: ScanTask = {
    registry,
    repository: data.repository,
    digest: data.digest,
    platform: data.platform,
    owner: data.subscriptionId,
    scanId: data.scanId,
    ...(cause.traceparent ? { traceparent: cause.traceparent } : {}),
  };
  return { id: jobId(lead), lane, payload: task };
};

/**
 * A finished job answers the approval that it was pulled for, and its result is known to all others. A failure of the
 * scanner answers all of them.
 */
const answersOf = (
  open: readonly Open[],
  lead: Open,
  job: Job,
  bench: Bench,
): { answered: readonly Open[]; drafts: EventDraft[]; good?: GoodResult } => {
  const result = job.result as ScanResult;
  if ('failed' in result || !result.succeeded) {
    // A failure before the scanner ran does not concern the same image in another registry, which may serve it.
    const answered =
      'failed' in result || result.scannerMs > 0 ? open : open.filter((each) => jobId(each) === jobId(lead));
    return {
      answered,
      drafts: answered.flatMap(({ data, cause }) => failed(data, cause, endingOf(result, job), job.attempt, bench)),
    };
  }
  const good: GoodResult = { ...result, scanId: lead.data.scanId };
  return { answered: [lead], drafts: completed(lead.data, lead.cause, good, { attempt: job.attempt }), good };
};

type Failure = Exclude<ScanResult, { readonly succeeded: true }>;
const endingOf = (result: Failure, job: Job): ScanTimes & { readonly code: string } =>
  'failed' in result
    ? { code: result.failed, startedAt: new Date(job.enqueuedAt).toISOString(), scannerMs: 0, pullMs: 0 }
    : result;

const completed = (
  approval: ScanApproved,
  cause: Cause,
  good: GoodResult,
  more: { attempt: number; joinedScanId?: string; shown?: string },
): EventDraft[] => {
  const { scanId, kind, mode } = approval;
  const { traceparent, findings, packages, report } = good;
  const head = {
    ...judgedOf(approval),
    scanId,
    kind,
    mode,
    outcome: 'succeeded',
    ...more,
    ...scanFactsOf(good),
  };
  return intoPages(head, { findings, packages }).map((data) => ({
    topic: 'scan.completed',
    cause,
    idempotencyKey: placementKey(approval),
    occurrence: `${more.attempt}/${report?.sha256 ?? ''}/${data.page}`,
    data,
    ...(more.joinedScanId ? { links: [traceparent] } : {}),
  }));
};

const failed = (
  approval: ScanApproved,
  cause: Cause,
  result: ScanTimes & { readonly code: string },
  attempt: number,
  bench: Bench,
): EventDraft[] => [ended(approval, cause, 'failed', result.code, attempt, bench, result)];

/**
 * Answers an approval whose scan has not ended: with the cause at its deadline; before it, with a failure that needs a
 * repair. The scan is still tried, and may give a better answer.
 */
const unfinished = (
  { data, cause, late, trying }: Open,
  trouble: Trouble | undefined,
  now: number,
  job: Job | undefined,
  bench: Bench,
): EventDraft[] => {
  const isOver = now >= Date.parse(data.deadline);
  if (trying || (late ? !trouble : !isOver && trouble?.patience !== 'later')) return [];
  const times = { startedAt: new Date(job?.enqueuedAt ?? now).toISOString(), scannerMs: 0, pullMs: 0 };
  return [
    trouble
      ? ended(data, cause, 'failed', trouble.code, job?.attempt ?? 0, bench, times, true)
      : ended(data, cause, 'timed-out', 'deadline', job?.attempt ?? 0, bench, times),
  ];
};

const ended = (
  approval: ScanApproved,
  cause: Cause,
  outcome: 'failed' | 'timed-out',
  reason: string,
  attempt: number,
  bench: Bench,
  times: ScanTimes,
  trying = false,
): EventDraft => ({
  topic: 'scan.completed',
  cause,
  idempotencyKey: placementKey(approval),
  occurrence: `${attempt}/${outcome}/${reason}${trying ? '/trying' : ''}`,
  data: {
    ...judgedOf(approval),
    page: 1,
    pages: 1,
    scanId: approval.scanId,
    kind: approval.kind,
    mode: approval.mode,
    outcome,
    reason,
    attempt,
    ...(trying ? { trying } : {}),
    ...scanFactsOf({ ...times, ...bench }),
    findings: [],
    packages: [],
  },
});

const started = ({ data, cause, late }: Open, job: Job | undefined, emitted: Emitted, bench: Bench): EventDraft[] => {
  if (job?.state !== 'leased' || late || (emitted.scans[data.scanId]?.started ?? 0) >= job.attempt) return [];
  return [
    {
      topic: 'scan.started',
      cause,
      idempotencyKey: placementKey(data),
      occurrence: job.attempt,
      data: {
        ...judgedOf(data),
        scanId: data.scanId,
        attempt: job.attempt,
        scanner: bench.scanner,
        driver: bench.driver,
      },
    },
  ];
};

/** Scans each digest once and answers every approval. */
export const deciderOn = (bench: Bench) =>
  defineDecider<'sandbox-runner', Received, Emitted, Config>({
    app: 'sandbox-runner',
    stateVersion: 3,
    hasJobs: true,
    empty: () => ({
      received: { placements: {} },
      emitted: { scans: {} },
    }),
    evolveReceived,
    evolveEmitted,
    decide: decideOn(bench),
    noConfig,
    evolveConfig,
    matters: (event) => event.topic === 'registry.observed' || recalledIn(event) !== undefined,
  });
