import { intoPages, judgedOf, placementKey, recalledIn, type Cause, type ScanApproved } from '@assay/events';
import type { Circumstances, Decision, Draft, Job, Program, WantedJob } from '@assay/event-sourcing';
import { follow, hear, noConfig, say } from './folds.ts';
import type { Bench, Config, GoodResult, Heard, ProofResult, Said, ScanResult, ScanTask } from './state.ts';

/** After its deadline a scan may still bring a better result, for this long. */
const graceMs = 24 * 60 * 60_000;

interface Open {
  readonly data: ScanApproved;
  readonly cause: Cause;
  /** `timed-out` was said, and a better result may follow. */
  readonly late: boolean;
}

/** Which approvals have no completion? A later refusal cancels what was not begun. */
const openApprovals = ({ placements }: Heard, { scans }: Said): Open[] => Object.keys(placements).toSorted().flatMap((key) => {
  const { approvals, declined } = placements[key]!;
  return Object.values(approvals)
    .filter(({ data }) => data.verdict > declined)
    .map(({ data, cause }) => ({ data, cause, said: scans[data.scanId] }))
    .filter(({ said }) => said?.outcome === undefined || said.missing > 0 || said.outcome === 'timed-out')
    .map(({ data, cause, said }) => ({ data, cause, late: said?.outcome === 'timed-out' && said.missing === 0 }))
    .toSorted((a, b) => a.data.verdict - b.data.verdict);
});

export const decideOn = (bench: Bench) => ({ heard, said }: { heard: Heard; said: Said }, { config, now, jobs }: Circumstances<Config>): Decision => {
  const open = openApprovals(heard, said).filter(({ data, late }) => !late || now < Date.parse(data.deadline) + graceMs);
  // A recalled scanner is not run any more: who waits is answered by another one, or by the deadline.
  if (config.recalled.includes(bench.scanner.digest)) return waiting(open, undefined, undefined, { said, config, now, bench });
  const known = said.good && said.good.scanner.digest === bench.scanner.digest && said.good.database.digest === bench.database.digest ? said.good : undefined;
  const circumstances = { said, config, now, bench };
  if (known) return joining(open, known, jobs, circumstances);
  const lead = leadOf(open, jobs, config);
  const job = lead && jobs.find(({ id }) => id === jobId(lead));
  if (job?.state !== 'finished') return waiting(open, lead, job, circumstances);
  const { answered, says, good } = answers(open, lead!, job, bench);
  const others = open.filter((each) => !answered.includes(each));
  const next = good ? joining(others, good, jobs, { ...circumstances, said: { ...said, shown: { ...said.shown, ...ownerOf(lead!) } } }) : waiting(others, leadOf(others, [], config), undefined, circumstances);
  return { ...next, says: [...says, ...next.says] };
};

interface Judging { readonly said: Said; readonly config: Config; readonly now: number; readonly bench: Bench }

const ownerOf = ({ data }: Open): Record<string, string> => ({ [placementKey(data)]: data.subscriptionId.toLowerCase() });

/**
 * Who waits is told what is known of the digest, once its registry has shown that it has the image: a digest is no
 * secret, and who knows one, or the whole manifest, need not have what it names.
 */
const joining = (open: readonly Open[], good: GoodResult, jobs: readonly Job[], judging: Judging): Decision => {
  const decisions = [...Map.groupBy(open, ({ data }) => placementKey(data))].map(([place, each]): Decision => {
    const joined = (more: { shown?: string } = {}): Decision => ({ says: each.flatMap(({ data, cause }) => completed(data, cause, good, { joinedScanId: good.scanId, attempt: 0, ...more })) });
    if (judging.said.shown?.[place] !== undefined) return joined();
    const job = jobs.find(({ id }) => id === proofId(place));
    const result = job?.state === 'finished' ? job.result as ProofResult : undefined;
    if (!result) return proving(place, each, judging);
    return 'shown' in result ? joined({ shown: result.shown }) : { says: each.flatMap(({ data, cause }) => failed(data, cause, endingOf(result, job!), job!.attempt, judging.bench)) };
  });
  const wakes = decisions.flatMap(({ wakeAt }) => wakeAt ?? []);
  return { says: decisions.flatMap(({ says }) => says), jobs: decisions.flatMap(({ jobs: wants = [] }) => wants), wakeAt: wakes.length > 0 ? Math.min(...wakes) : undefined };
};

const proofId = (place: string): string => `shows/${place}`;

/** The word of a registry is enough where its owner has the image already. */
const proving = (place: string, open: readonly Open[], judging: Judging): Decision => {
  const { said, config, now } = judging;
  const [lead] = open;
  const registry = config.registries[lead!.data.registryId.toLowerCase()];
  const shows = Object.values(said.shown ?? {}).includes(lead!.data.subscriptionId.toLowerCase()) ? 'word' : 'bytes';
  const jobs = registry ? [wanted(open, lead!, registry, now)].map(({ lane, payload }) => ({ id: proofId(place), lane, payload: { ...payload, shows } })) : [];
  return { ...waiting(open, undefined, undefined, judging), jobs };
};

/** One job for all who wait for the digest: pulled from where it is being pulled already, else from the first registry that is known. */
const leadOf = (open: readonly Open[], jobs: readonly Job[], config: Config): Open | undefined =>
  open.find((each) => jobs.some(({ id }) => id === jobId(each))) ?? open.find(({ data }) => config.registries[data.registryId.toLowerCase()] !== undefined);

const jobId = ({ data }: Open): string => `scan/${placementKey(data)}`;

const waiting = (open: readonly Open[], lead: Open | undefined, job: Job | undefined, { said, config, now, bench }: Judging): Decision => {
  const says = [...open.flatMap((each) => started(each, job, said, bench)), ...open.flatMap((each) => timedOut(each, now, job, bench))];
  const registry = lead && config.registries[lead.data.registryId.toLowerCase()];
  const ends = open.map(({ late, data }) => Date.parse(data.deadline) + (late || Date.parse(data.deadline) <= now ? graceMs : 0));
  return { says, jobs: lead && registry ? [wanted(open, lead, registry, now)] : [], wakeAt: ends.length > 0 ? Math.min(...ends) : undefined };
};

const wanted = (open: readonly Open[], lead: Open, registry: Config['registries'][string], now: number): WantedJob => {
  const { data, cause } = lead;
  const fresh = open.filter(({ late, data: { deadline } }) => !late && now < Date.parse(deadline));
  const lane = (['push', 'backfill', 'rescan'] as const).find((each) => fresh.some(({ data: { lane: own } }) => own === each)) ?? 'backfill';
  const task: ScanTask = {
    registry, repository: data.repository, digest: data.digest, platform: data.platform, owner: data.subscriptionId, scanId: data.scanId, ...(cause.traceparent ? { traceparent: cause.traceparent } : {}),
  };
  return { id: jobId(lead), lane, payload: task };
};

/** A finished job answers the one it was pulled for, and brings what is known to all others; a failure of the scanner answers everybody. */
const answers = (open: readonly Open[], lead: Open, job: Job, bench: Bench): { answered: readonly Open[]; says: Draft[]; good?: GoodResult } => {
  const result = job.result as ScanResult;
  if ('failed' in result || !result.succeeded) {
    // What never came to the scanner says nothing of the same image in another registry, where it may be had.
    const answered = 'failed' in result || result.scannerMs > 0 ? open : open.filter((each) => jobId(each) === jobId(lead));
    return { answered, says: answered.flatMap(({ data, cause }) => failed(data, cause, endingOf(result, job), job.attempt, bench)) };
  }
  const good: GoodResult = { ...result, scanId: lead.data.scanId };
  return { answered: [lead], says: completed(lead.data, lead.cause, good, { attempt: job.attempt }), good };
};

type Failure = Exclude<ScanResult, { readonly succeeded: true }>;
const endingOf = (result: Failure, job: Job): { code: string; startedAt: string; scannerMs: number; pullMs: number } =>
  ('failed' in result ? { code: result.failed, startedAt: new Date(job.enqueuedAt).toISOString(), scannerMs: 0, pullMs: 0 } : result);

const completed = (approval: ScanApproved, cause: Cause, good: GoodResult, more: { attempt: number; joinedScanId?: string; shown?: string }): Draft[] => {
  const { scanId, kind, mode } = approval;
  const { scanId: _scanId, traceparent, findings, packages, startedAt, scannerMs, pullMs, scanner, database, driver, os, report } = good;
  const head = {
    ...judgedOf(approval), scanId, kind, mode, outcome: 'succeeded', ...more, startedAt, scannerMs, pullMs, scanner, database, driver, ...(os ? { os } : {}), ...(report ? { report } : {}),
  };
  return intoPages(head, { findings, packages }).map((data) => ({
    topic: 'scan.completed', cause, about: placementKey(approval), n: `${more.attempt}/${report?.sha256 ?? ''}/${data.page}`, data, ...(more.joinedScanId ? { links: [traceparent] } : {}),
  }));
};

const failed = (approval: ScanApproved, cause: Cause, result: { code: string; startedAt: string; scannerMs: number; pullMs: number }, attempt: number, bench: Bench): Draft[] =>
  [ended(approval, cause, 'failed', result.code, attempt, bench, result)];

const timedOut = ({ data, cause, late }: Open, now: number, job: Job | undefined, bench: Bench): Draft[] =>
  (late || now < Date.parse(data.deadline) ? [] : [ended(data, cause, 'timed-out', 'deadline', job?.attempt ?? 0, bench, { startedAt: new Date(job?.enqueuedAt ?? now).toISOString(), scannerMs: 0, pullMs: 0 })]);

const ended = (approval: ScanApproved, cause: Cause, outcome: 'failed' | 'timed-out', reason: string, attempt: number, bench: Bench, times: { startedAt: string; scannerMs: number; pullMs: number }): Draft => ({
  topic: 'scan.completed', cause, about: placementKey(approval), n: `${attempt}/${outcome}/${reason}`,
  data: {
    ...judgedOf(approval), page: 1, pages: 1, scanId: approval.scanId, kind: approval.kind, mode: approval.mode, outcome, reason, attempt,
    startedAt: times.startedAt, scannerMs: times.scannerMs, pullMs: times.pullMs, scanner: bench.scanner, database: bench.database, driver: bench.driver, findings: [], packages: [],
  },
});

const started = ({ data, cause, late }: Open, job: Job | undefined, said: Said, bench: Bench): Draft[] => {
  if (job?.state !== 'leased' || late || (said.scans[data.scanId]?.started ?? 0) >= job.attempt) return [];
  return [{ topic: 'scan.started', cause, about: placementKey(data), n: job.attempt, data: { ...judgedOf(data), scanId: data.scanId, attempt: job.attempt, scanner: bench.scanner, driver: bench.driver } }];
};

/** Scans each digest once and answers every approval. */
export const programOn = (bench: Bench): Program<Heard, Said, Config> => ({
  app: 'sandbox-runner', stateVersion: 1, hasJobs: true, empty: () => ({ heard: { placements: {} }, said: { scans: {} } }), hear, say, decide: decideOn(bench), noConfig, follow,
  matters: (event) => event.topic === 'registry.observed' || recalledIn(event) !== undefined,
});
