import { advisoriesAt } from './advisories.ts';
import { doubtsAbout, type Doubts } from '@assay/read-model/placement/evidence';
import type { ShownChild, ShownImage } from './images.ts';
import {
  databaseIn,
  lacksSet,
  sinceIn,
  wasLookedInto,
  type PlacementState,
  type StatusHead,
} from '@assay/read-model/placement/placement';
import { countsIn, isUntagged } from '@assay/read-model/placement/status';
import type { RunningIn } from '@assay/read-model/placement/running';
import { evidenceShown } from '../evidence.response.ts';
import { sumOf } from '../sum.ts';

export interface Charge {
  readonly chargeId: string;
  readonly amount: string;
  readonly currency: string;
  readonly chargedFor: string;
  readonly priceRule: string;
  readonly repository: string;
  /** In the order of their times. Absent without any. */
  readonly corrections?: readonly Correction[];
  /** Decimal text: the amount after all corrections. Absent without any. */
  readonly rest?: string;
}

/** A credit, or an addition. */
interface Correction {
  readonly chargeId: string;
  readonly amount: string;
  readonly time: string;
}

export const withCorrections = (charge: Charge, corrections: readonly Correction[]): Charge =>
  corrections.length === 0
    ? charge
    : {
        ...charge,
        corrections: corrections.map(({ chargeId, amount, time }) => ({ chargeId, amount, time })),
        rest: sumOf([charge, ...corrections]),
      };

const since = (earlier: string | undefined, later: string | undefined): number | undefined =>
  earlier === undefined || later === undefined ? undefined : Math.max(0, Date.parse(later) - Date.parse(earlier));

/** Times of the events of a push. */
const times = ({ state: { push, verdict, started, completed, classified, recommended } }: ShownImage): object => ({
  pushed: push?.time,
  judged: verdict?.time,
  started: started?.time,
  completed: completed?.time,
  classified: classified?.time,
  recommended: recommended?.time,
});

/**
 * How long the push waited for its answer, and the scanner's part of it, from the scan that answered the push. A scan
 * made only later, because a plan was switched on, answered no push: then only its own times are given.
 */
const durations = ({ state: { answered, classified, completed } }: ShownImage): object => {
  const pushToRecommendationMs = since(answered?.receivedAt, answered?.recommended ?? answered?.terminal);
  if (answered?.scannerMs === undefined)
    return completed || classified
      ? { scanMs: completed?.scannerMs ?? classified?.scannerMs, pullMs: completed?.pullMs }
      : { pushToRecommendationMs };
  return {
    scanMs: answered.scannerMs,
    pullMs: completed?.scannerMs === answered.scannerMs ? completed.pullMs : undefined,
    pushToRecommendationMs,
  };
};

const verdictShown = ({ state: { verdict } }: ShownImage): object | undefined =>
  verdict &&
  (verdict.approved
    ? {
        verdict: verdict.verdict,
        approved: true,
        kind: verdict.kind,
        lane: verdict.lane,
        mode: verdict.mode,
        platform: verdict.platform,
        deadline: verdict.deadline,
      }
    : { verdict: verdict.verdict, approved: false, reason: verdict.reason, message: verdict.message });

/** The counts of an image, or of the one that an index stands for, if it counts. */
const countsShown = ({
  status,
  image,
}: Pick<ShownImage, 'status' | 'image'>): Partial<Pick<StatusHead, 'bySeverity' | 'fixable' | 'exempt'>> =>
  (image && status !== 'not-applicable' && countsIn(image)) || {};

/** When the status began: of a parked image, with the first event that is still parked. */
const sinceShown = ({ reason, image }: ShownImage, haltedSince: (digest: string) => string | undefined) =>
  image && ((reason === 'parked' ? haltedSince(image.placement.digest) : undefined) ?? sinceIn(image));

const childShown = (child: ShownChild): object => {
  const { digest, kind, os, architecture, variant, status, reason, leftOut, unclear, deleted } = child;
  const { bySeverity, fixable, exempt } = countsShown(child);
  return {
    digest,
    kind,
    os,
    architecture,
    variant,
    status,
    reason,
    leftOut,
    unclear,
    deleted,
    bySeverity,
    fixable,
    exempt,
  };
};

/**
 * The set of findings that is shown, as events name it: a consumer that lost its own set goes on from this one. Absent
 * while the findings are not known.
 */
const setShown = (state: PlacementState): object | undefined => {
  if (!state.set || lacksSet(state)) return undefined;
  const { id, verdict, classification, set } = state.set;
  return { id, verdict, classification, ...set };
};

/**
 * A placement in the format of Assay's command line. JSON omits keys without a value.
 * @param facts doubts that the data of the image do not show, and the time, ms since the epoch
 * @param sightings of the image, and of those below an index; undefined if no cluster ever reported
 */
export const imageShown = (
  image: ShownImage,
  charge: Charge | undefined,
  facts: Doubts & { readonly now: number; readonly haltedSince: (digest: string) => string | undefined },
  sightings: readonly RunningIn[] | undefined,
): object => {
  const { state, status, reason, deleted, children } = image;
  const { bySeverity, fixable, exempt } = countsShown(image);
  const push = state.push ?? state.verdict;
  const { classified } = state;
  const database = databaseIn(state);
  return {
    ...state.placement,
    tags: (state.tagged ?? push)?.tags ?? [],
    untagged: isUntagged(state) ? { since: state.tagged?.at, lost: state.tagged?.lost ?? [] } : undefined,
    kind: state.push?.facts?.kind,
    os: state.push?.facts?.os,
    architecture: state.push?.facts?.architecture,
    listedIn: push?.listedIn ?? [],
    status,
    reason,
    doubts: doubtsAbout(state, facts),
    advisoriesAt: advisoriesAt(image),
    since: sinceShown(image, facts.haltedSince),
    deleted,
    // Of an index and an image below it in one cluster, the first counts.
    running: sightings && [...new Map(sightings.toReversed().map((each) => [each.cluster, each])).values()],
    bySeverity,
    fixable,
    exempt,
    findings: bySeverity ? Object.values(bySeverity).reduce<number>((sum, count) => sum + Number(count), 0) : undefined,
    pushId: push?.pushId,
    pushedAt: push?.pushedAt,
    receivedAt: push?.receivedAt,
    verdict: verdictShown(image),
    scanner: classified?.scanner,
    database,
    demonstrationDatabase: database?.demonstration,
    driver: classified?.driver,
    operatingSystem: classified?.os,
    evidence: classified && database && wasLookedInto(state) ? evidenceShown({ ...classified, database }) : undefined,
    scanId: classified?.scanId,
    set: setShown(state),
    ...durations(image),
    times: times(image),
    charge,
    traceId: state.traceId,
    children: children?.map(childShown),
  };
};
