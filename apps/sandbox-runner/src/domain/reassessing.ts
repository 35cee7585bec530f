import { present, type ScanApproved } from '@assay/events';
import type { EventDraft, Job, WantedJob } from '@assay/event-sourcing';
import { coveringMark } from '@assay/event-sourcing/decider';
import { latestOf } from './compact.ts';
import { described, reassessed } from './drafts.ts';
import { differs, nextResult } from './results.ts';
import { holdersOf, isByAnnounced, isCurrent, knownResult, type Situation } from './standing.ts';
import type { Announcement, Note, ScanResult, ScanTask } from './state.ts';

/** Jobs of this lane assess images again. A mark waits for them. */
const lane = 'rescan';
const minuteMs = 60_000;
const firstPauseMs = 15 * minuteMs;
const longestPauseMs = 6 * 60 * minuteMs;

/** Names the job for an announcement. A repeat after an attempt that left no result has a number behind it. */
const jobIdOf = ({ database, program }: Announcement): string =>
  `reassess/${database.digest}${program ? `/${program.digest.slice('sha256:'.length).slice(0, 12)}` : ''}`;
const repeatIn = (id: string, first: string): number | undefined => {
  if (id === first) return 1;
  const repeat = id.startsWith(`${first}#`) ? Number(id.slice(first.length + 1)) : Number.NaN;
  return Number.isInteger(repeat) ? repeat : undefined;
};

/** The job of the present announcement, with the number of its repeat. */
const presentJob = (announcement: Announcement, jobs: readonly Job[]): { job: Job; repeat: number } | undefined =>
  jobs.flatMap((job) => {
    const repeat = repeatIn(job.id, jobIdOf(announcement));
    return repeat === undefined ? [] : [{ job, repeat }];
  })[0];

interface Reassessment {
  readonly events: readonly EventDraft[];
  readonly assessed?: NonNullable<Note['assessed']>;
}

/** The last time at which a push of a placement with the result was received, ms since the epoch. */
const lastReceived = (situation: Situation): number => {
  const { placements } = situation.received;
  const approvals = holdersOf(situation).flatMap((place) => Object.values(placements[place]?.approvals ?? {}));
  return Math.max(0, ...approvals.map(({ data }) => Date.parse(data.receivedAt)));
};

/**
 * The outcome of a job that assessed the digest again: events if anything differs, or if it would be shown nowhere
 * else, because the mark of this database stands in the log already. Otherwise it is only noted.
 */
export const reassessmentOf = (situation: Situation, jobs: readonly Job[]): Reassessment => {
  const { key, emitted, config, marks } = situation;
  const { announcement } = config;
  const { standing, last } = emitted;
  const job = announcement && presentJob(announcement, jobs)?.job;
  if (!standing || !announcement || job?.state !== 'finished') return { events: [] };
  const result = job.result as ScanResult;
  if ('failed' in result || !result.succeeded || !isByAnnounced(result, config)) return { events: [] };
  const news = described(result.descriptions, result, announcement.cause);
  const { announced } = announcement;
  const isMarked = (marks.emitted?.announced ?? -1) >= announced;
  const isShown = !isMarked || (coveringMark(marks.emitted, key, last)?.announced ?? -1) >= announced;
  if (isShown && !differs(standing, result, config.recalled, lastReceived(situation)))
    return { events: news, assessed: { result: standing.result, database: result.database, announced } };
  return { events: [...news, ...reassessed(key, announcement, result, nextResult(emitted, result))] };
};

/** The task for one of the placements that hold the result: of the job that there is, or else of the first. */
const taskOf = (
  { received, emitted, config }: Situation,
  { database, program }: Announcement,
  places: readonly string[],
  before: ScanTask | undefined,
): ScanTask | undefined => {
  const approvals = places.flatMap((place) => {
    const placement = present(received.placements[place], 'placement that holds the result');
    const latest = latestOf(placement);
    return Object.values(placement.approvals).filter(({ data }) => data.verdict === latest);
  });
  const isBefore = ({ registryId, repository }: ScanApproved): boolean =>
    registryId === before?.registry.registryId && repository === before.repository;
  const data = (approvals.find((each) => isBefore(each.data)) ?? approvals[0])?.data;
  return (
    data && {
      // A registry that is not known any more makes trouble for the job, so that the image is excepted from the mark.
      registry: config.registries[data.registryId.toLowerCase()] ?? {
        registryId: data.registryId,
        loginServer: data.loginServer,
        plainHttp: false,
        allowAddresses: [],
      },
      repository: data.repository,
      digest: data.digest,
      platform: data.platform,
      owner: data.subscriptionId,
      reassesses: { database: database.digest, ...(program ? { program: program.digest } : {}) },
      scanId: emitted.standing?.scanId ?? data.scanId,
    }
  );
};

/**
 * The job that assesses the digest again, if it is due: a placement has its result, and that is not by the announced
 * scanner and database. What this runner has installed does not count. A job that ended without a result, because every
 * process that tried it ended, is repeated after a pause.
 */
export const wantedReassessment = (situation: Situation, jobs: readonly Job[]): WantedJob[] => {
  const { config, now } = situation;
  const { announcement } = config;
  const known = knownResult(situation);
  if (!announcement || !known || isCurrent(known, config)) return [];
  const current = presentJob(announcement, jobs);
  const before = current?.job.payload as ScanTask | undefined;
  const task = taskOf(situation, announcement, holdersOf(situation), before);
  if (!task) return [];
  if (current?.job.state !== 'finished') {
    const notBefore = before?.notBefore;
    return [
      {
        id: current?.job.id ?? jobIdOf(announcement),
        lane,
        payload: notBefore === undefined ? task : { ...task, notBefore },
      },
    ];
  }
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (current.repeat - 1));
  return [
    { id: `${jobIdOf(announcement)}#${current.repeat + 1}`, lane, payload: { ...task, notBefore: now + pauseMs } },
  ];
};
