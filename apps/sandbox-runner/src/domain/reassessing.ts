import { present, type ScanApproved } from '@assay/events';
import type { EventDraft, Job, WantedJob } from '@assay/event-sourcing';
import { coveringMark } from '@assay/event-sourcing/decider';
import { latestOf } from './compact.ts';
import { described, reassessed } from './drafts.ts';
import { differs, nextResult } from './results.ts';
import { holdersOf, isByAnnounced, isCurrent, knownResult, type Situation } from './standing.ts';
import type { Announcement, Config, Note, ScanResult, ScanSuccess, ScanTask } from './state.ts';

/** Jobs of this lane assess images again. A mark waits for them. */
const lane = 'rescan';
const minuteMs = 60_000;
const firstPauseMs = 15 * minuteMs;
const longestPauseMs = 6 * 60 * minuteMs;

/** Begins the ids of all jobs that assess a digest again. */
const idPrefix = 'reassess/';

/**
 * Names the job for an announcement at a placement. A repeat after an attempt that left no result has a number behind
 * it.
 */
const jobIdOf = ({ database, program }: Announcement, place: string): string =>
  `${idPrefix}${database.digest}${program ? `/${program.digest.slice('sha256:'.length).slice(0, 12)}` : ''}/${place}`;
const repeatIn = (id: string, first: string): number | undefined => {
  if (id === first) return 1;
  const repeat = id.startsWith(`${first}#`) ? Number(id.slice(first.length + 1)) : Number.NaN;
  return Number.isInteger(repeat) ? repeat : undefined;
};

interface PresentJob {
  readonly job: Job;
  /** The number of its repeat. */
  readonly repeat: number;
}

/** The job of the present announcement at a placement. */
const presentJob = (announcement: Announcement, place: string, jobs: readonly Job[]): PresentJob | undefined =>
  jobs.flatMap((job) => {
    const repeat = repeatIn(job.id, jobIdOf(announcement, place));
    return repeat === undefined ? [] : [{ job, repeat }];
  })[0];

/** The first result of a job that assessed the digest by what is announced. */
const announcedResult = (jobs: readonly Job[], config: Config): ScanSuccess | undefined =>
  jobs.flatMap(({ id, state, result: ended }) => {
    if (!id.startsWith(idPrefix) || state !== 'finished') return [];
    const result = ended as ScanResult;
    return !('failed' in result) && result.succeeded && isByAnnounced(result, config) ? [result] : [];
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
  const result = announcedResult(jobs, config);
  if (!standing || !announcement || !result) return { events: [] };
  const news = described(result.descriptions, result, announcement.cause);
  const { announced } = announcement;
  const isMarked = (marks.emitted?.announced ?? -1) >= announced;
  const isShown = !isMarked || (coveringMark(marks.emitted, key, last)?.announced ?? -1) >= announced;
  if (isShown && !differs(standing, result, config.recalled, lastReceived(situation)))
    return { events: news, assessed: { result: standing.result, database: result.database, announced } };
  return { events: [...news, ...reassessed(key, announcement, result, nextResult(emitted, result))] };
};

/** A placement that holds the result, with its latest approval. */
interface Holder {
  readonly place: string;
  readonly data: ScanApproved;
  readonly current: PresentJob | undefined;
}

/** How likely a registry serves the image: 0 if it is watched, 1 if it was removed, 2 if it was never known. */
const rankOf = ({ data }: Holder, { registries }: Config): number => {
  const registry = registries[data.registryId.toLowerCase()];
  if (!registry) return 2;
  return registry.removed ? 1 : 0;
};

/**
 * The placements at which the digest is assessed: the one whose job there is already, or else the first, of the
 * registries that serve it most likely. A job in trouble goes on by itself, and another placement is tried beside it.
 * The image is excepted from the mark only while all of them are in trouble.
 */
const placesToTry = (holders: readonly Holder[], config: Config): Holder[] => {
  const troubled = holders.filter(({ current }) => current?.job.trouble !== undefined);
  const [lead] = holders
    .filter((each) => !troubled.includes(each))
    .toSorted(
      (a, b) =>
        rankOf(a, config) - rankOf(b, config) || Number(b.current !== undefined) - Number(a.current !== undefined),
    );
  return [...(lead ? [lead] : []), ...troubled];
};

const holdersIn = (situation: Situation, announcement: Announcement, jobs: readonly Job[]): Holder[] =>
  holdersOf(situation).flatMap((place) => {
    const placement = present(situation.received.placements[place], 'placement that holds the result');
    const latest = latestOf(placement);
    const approval = Object.values(placement.approvals).find(({ data }) => data.verdict === latest);
    return approval ? [{ place, data: approval.data, current: presentJob(announcement, place, jobs) }] : [];
  });

const taskOf = (data: ScanApproved, { emitted, config }: Situation, { database, program }: Announcement): ScanTask => ({
  // A registry that is not known any more makes trouble for the job.
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
});

/**
 * The jobs that assess the digest again, if it is due: a placement has its result, and that is not by the announced
 * scanner and database. What this runner has installed does not count. A job that ended without a result, because every
 * process that tried it ended, is repeated after a pause.
 */
export const wantedReassessment = (situation: Situation, jobs: readonly Job[]): WantedJob[] => {
  const { config, now } = situation;
  const { announcement } = config;
  const known = knownResult(situation);
  if (!announcement || !known || isCurrent(known, config)) return [];
  return placesToTry(holdersIn(situation, announcement, jobs), config).map(({ place, data, current }) => {
    const id = jobIdOf(announcement, place);
    const task = taskOf(data, situation, announcement);
    if (current?.job.state === 'finished') {
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (current.repeat - 1));
      return { id: `${id}#${current.repeat + 1}`, lane, payload: { ...task, notBefore: now + pauseMs } };
    }
    const notBefore = (current?.job.payload as ScanTask | undefined)?.notBefore;
    return { id: current?.job.id ?? id, lane, payload: notBefore === undefined ? task : { ...task, notBefore } };
  });
};
