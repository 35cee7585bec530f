import { present, type Cause, type ScanApproved } from '@assay/events';
import type { EventDraft, Job, WantedJob } from '@assay/event-sourcing';
import { coveringMark, exceptsRegistries } from '@assay/event-sourcing/decider';
import { latestOf } from './compact.ts';
import { described, reassessed } from './drafts.ts';
import { completed, proofLane, rematchFor, wantedProof } from './rematching.ts';
import { differs, isBefore, nextResult, orderOf, wholeAgain } from './results.ts';
import {
  hasJava,
  holdersOf,
  holdingRegistries,
  isByAnnounced,
  isCurrent,
  knownResult,
  type KnownResult,
  type Situation,
} from './standing.ts';
import type { Announcement, Config, Note, ScanResult, ScanSuccess, ScanTask, StandingResult } from './state.ts';

/** Jobs of this lane assess images again. A mark waits for them. */
export const rescanLane = 'rescan';
const minuteMs = 60_000;
const firstPauseMs = 15 * minuteMs;
const longestPauseMs = 6 * 60 * minuteMs;
/** A running image is published again each week. */
const forgottenAfterMs = 15 * 24 * 60 * minuteMs;

/** Begins the ids of all jobs that assess a digest again. */
const idPrefix = 'reassess/';

/**
 * Names the job at a placement. Its payload names the database, so that a job keeps its turn when a newer one is
 * announced. A repeat after an attempt that left no result has a number behind it.
 */
const jobIdOf = (place: string): string => `${idPrefix}${place}`;
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

const presentJob = (place: string, jobs: readonly Job[]): PresentJob | undefined =>
  jobs.flatMap((job) => {
    const repeat = repeatIn(job.id, jobIdOf(place));
    return repeat === undefined ? [] : [{ job, repeat }];
  })[0];

/** True if a result is by a database that was announced after the one on which the digest stands by now. */
const isLate = (result: ScanSuccess, { database }: KnownResult, { announcement, orders, ...config }: Config): boolean =>
  announcement !== undefined &&
  isBefore(database, result.database, { orders }) &&
  isByAnnounced({ ...result, database: announcement.database }, { ...config, orders, announcement });

/** The results of jobs that assessed the digest again. */
const resultsIn = (jobs: readonly Job[], standing?: StandingResult): ScanSuccess[] =>
  jobs.flatMap(({ id, state, result: ended }) => {
    if (!id.startsWith(idPrefix) || state !== 'finished') return [];
    const result = ended as ScanResult;
    return 'failed' in result || !result.succeeded ? [] : (completed(result, standing) ?? []);
  });

/**
 * The result of a job that assessed the digest by what is announced. Or else of one that was begun before that, and
 * still is news: otherwise frequent databases would leave an image that takes long without any.
 */
const resultIn = (jobs: readonly Job[], known: KnownResult, config: Config): ScanSuccess | undefined => {
  const results = resultsIn(jobs, known.standing);
  return (
    results.find((result) => isByAnnounced(result, config)) ?? results.find((result) => isLate(result, known, config))
  );
};

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
 * else, because the mark of this database stands in the log already, or the last mark excepted its registries.
 * Otherwise it is only noted.
 */
export const reassessmentOf = (situation: Situation, jobs: readonly Job[]): Reassessment => {
  const { key, emitted, config, marks } = situation;
  const { announcement } = config;
  const { last } = emitted;
  const known = knownResult(situation);
  if (!known) return { events: foundAgain(situation, jobs) };
  const result = resultIn(jobs, known, config);
  if (!announcement || !result) return { events: [] };
  const { standing } = known;
  const news = described(result.descriptions, result, announcement.cause);
  const announced = orderOf(result.database, config) ?? announcement.announced;
  const isMarked = (marks.emitted?.announced ?? -1) >= announced;
  const registryIds = holdingRegistries(situation);
  const image = { digest: key, registryIds, scanner: result.scanner.name, sequence: last };
  // While its registry refuses the images of others, the next mark may not cover it either.
  const isShown =
    (!isMarked && !exceptsRegistries(marks.emitted, registryIds)) ||
    (coveringMark(marks.emitted, image)?.announced ?? -1) >= announced;
  if (isShown && !differs(standing, result, lastReceived(situation)))
    return { events: news, assessed: { result: standing.result, database: result.database, announced } };
  return { events: [...news, ...reassessed(key, { ...announcement, announced }, result, nextResult(emitted, result))] };
};

/** The events of a job that assessed a digest whose last set is not known: any result is better than none. */
const foundAgain = (situation: Situation, jobs: readonly Job[]): readonly EventDraft[] => {
  const { key, emitted, config } = situation;
  const [holder] = holdersIn(situation, jobs);
  const result = resultsIn(jobs).find(({ scanner }) => !config.recalled.includes(scanner.digest));
  if (emitted.lost === undefined || !holder || !result) return [];
  const { cause } = holder;
  return [
    ...described(result.descriptions, result, cause),
    ...reassessed(key, { cause }, result, nextResult(emitted, result)),
  ];
};

/**
 * The standing set as a whole, if an operator dropped an event on which it rests: the classifier cannot know the set
 * until then.
 */
export const publishedAgain = (situation: Situation): readonly EventDraft[] => {
  const { key, config } = situation;
  const known = knownResult(situation);
  const dropped = known?.standing.events.find((id) => Object.hasOwn(config.dropped, id));
  const cause = dropped === undefined ? undefined : config.dropped[dropped];
  if (!known || !cause) return [];
  const { standing, database } = known;
  return reassessed(key, { cause }, { ...standing, database }, wholeAgain(standing));
};

/** A placement that holds the result, with its latest approval. */
interface Holder {
  readonly place: string;
  readonly data: ScanApproved;
  readonly cause: Cause;
  readonly current: PresentJob | undefined;
}

/** How likely a registry serves the image: 0 if it is watched, 1 if it was removed, 2 if it was never known. */
const rankOf = ({ data }: Holder, { registries }: Config): number => {
  const registry = registries.get(data.registryId.toLowerCase());
  if (!registry) return 2;
  return registry.removed ? 1 : 0;
};

/**
 * The placements at which the digest is assessed: the one whose job there is already, or else the first, of the
 * registries that serve it most likely. A job in trouble goes on by itself, and another placement is tried beside it.
 * The image is excepted from the mark only while all of them are in trouble.
 */
const placesToTry = (holders: readonly Holder[], config: Config): Holder[] => {
  const troubled = holders.filter(
    ({ current }) => current?.job.trouble !== undefined && current.job.state !== 'finished',
  );
  const [lead] = holders
    .filter((each) => !troubled.includes(each))
    .toSorted(
      (a, b) =>
        rankOf(a, config) - rankOf(b, config) || Number(b.current !== undefined) - Number(a.current !== undefined),
    );
  return [...(lead ? [lead] : []), ...troubled];
};

const holdersIn = (situation: Situation, jobs: readonly Job[]): Holder[] =>
  holdersOf(situation).flatMap((place) => {
    const placement = present(situation.received.placements[place], 'placement that holds the result');
    const latest = latestOf(placement);
    const approval = Object.values(placement.approvals).find(({ data }) => data.verdict === latest);
    return approval ? [{ place, ...approval, current: presentJob(place, jobs) }] : [];
  });

const taskOf = (data: ScanApproved, { received, emitted, config }: Situation): ScanTask => ({
  // A registry that is not known any more makes trouble for the job.
  registry: config.registries.get(data.registryId.toLowerCase()) ?? {
    registryId: data.registryId,
    loginServer: data.loginServer,
    plainHttp: false,
    allowAddresses: [],
  },
  repository: data.repository,
  digest: data.digest,
  platform: data.platform,
  owner: data.subscriptionId,
  reassesses: benchFor(config.announcement),
  ...(config.announcement?.java && emitted.standing && hasJava(emitted.standing)
    ? { java: config.announcement.java.digest }
    : {}),
  heldIn: holdingRegistries({ received, emitted }),
  scanId: emitted.standing?.scanId ?? data.scanId,
});

const benchFor = (announcement: Announcement | undefined): NonNullable<ScanTask['reassesses']> => ({
  ...(announcement ? { database: announcement.database.digest } : {}),
  ...(announcement?.program ? { program: announcement.program.digest } : {}),
  ...(announcement?.lists === undefined ? {} : { lists: announcement.lists }),
});

/**
 * True if a placement has a result that is not by the announced scanner and database, or whose set is not known: the
 * log lost it. What this runner has installed does not count.
 *
 * @param isScanned whether the digest is scanned for an approval, which makes its set known
 */
const isDue = (situation: Situation, isScanned: boolean): boolean => {
  const known = knownResult(situation);
  return known ? !isCurrent(known, situation.config) : situation.emitted.lost !== undefined && !isScanned;
};

/** True if a cluster reported the digest within fifteen days, and not its end. */
const isRunning = ({ received: { running = {} }, now }: Situation): boolean =>
  Object.values(running).some(({ seenAt, gone }) => !gone && now - Date.parse(seenAt) < forgottenAfterMs);

/**
 * The jobs that assess the digest again, if it is due; one that runs goes ahead of others. A job that ended without a
 * result, because every process that tried it ended, is repeated after a pause.
 */
export const wantedReassessment = (situation: Situation, jobs: readonly Job[], isScanned: boolean): WantedJob[] => {
  const { config, now } = situation;
  if (!isDue(situation, isScanned)) return [];
  const ahead = isRunning(situation) ? { ahead: true as const } : {};
  return placesToTry(holdersIn(situation, jobs), config).map(({ place, data, current }) => {
    const id = jobIdOf(place);
    const rematch = rematchFor(situation);
    const task = { ...taskOf(data, situation), ...(rematch ? { rematch } : {}) };
    if (!current) return { id, lane: rescanLane, payload: task, ...ahead };
    const { job, repeat } = current;
    const before = job.payload as ScanTask;
    const isSame =
      JSON.stringify([before.reassesses, before.java ?? null]) === JSON.stringify([task.reassesses, task.java ?? null]);
    if (job.state !== 'finished') {
      const notBefore = isSame ? before.notBefore : undefined;
      return { id: job.id, lane: rescanLane, payload: notBefore === undefined ? task : { ...task, notBefore } };
    }
    // A job for an earlier announcement is followed at once.
    if (!isSame) return { id: repeat === 1 ? `${id}#2` : id, lane: rescanLane, payload: task, ...ahead };
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (repeat - 1));
    return { id: `${id}#${repeat + 1}`, lane: rescanLane, payload: { ...task, notBefore: now + pauseMs } };
  });
};

/**
 * The job that shows whether a match of the inventory finds what the scan found. Only such an image is matched by the
 * next database, instead of being pulled and scanned.
 */
export const wantedProofs = (situation: Situation, jobs: readonly Job[]): WantedJob[] => {
  const proof = wantedProof(situation);
  const [holder] = holdersIn(situation, jobs);
  if (!proof || !holder) return [];
  const { id, rematch } = proof;
  const { database } = benchFor(situation.config.announcement);
  const reassesses = database === undefined ? {} : { database };
  return [{ id, lane: proofLane, payload: { ...taskOf(holder.data, situation), reassesses, rematch } }];
};
