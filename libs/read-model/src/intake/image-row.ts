import { derivedId, placementKey, type Database, type Placement } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import type { Cell } from '../store/duckdb.ts';
import { isUnknownPlatform, normalPlatform, type PlatformName } from '../placement/platform.ts';
import { waitMs } from '../placement/lapse.ts';
import { builtMs, headIn, shownHeadIn, sinceIn, type PlacementState } from '../placement/placement.ts';
import { registryKeyOf } from '../placement/registry-keys.ts';
import { countsIn, isDeleted, isIndex, isUntagged, pendingIn, unansweredIn } from '../placement/status.ts';

/** Id of a placement in every table. */
export const imageIdOf = (placement: Pick<Placement, 'registryId' | 'repository' | 'digest'>): string =>
  derivedId('image', placementKey(placement));

export interface StoredImage {
  readonly state: PlacementState;
  /** Number of stored finding records. */
  readonly findings: number;
}

const numbersIn = (sequence: string | undefined): readonly (number | undefined)[] => {
  const [epoch, number] = (sequence ?? '').split('.');
  return epoch && number ? [Number(epoch), Number(number)] : [undefined, undefined];
};

const msOf = (time: string | undefined): number | null => (time === undefined ? null : Date.parse(time));

/** System and architecture in one spelling that compares like the names and is plain text in JSON and SQL. */
const platformCells = (name: PlatformName | undefined): readonly [os: string | null, architecture: string | null] => {
  if (!name) return [null, null];
  const { os, architecture } = normalPlatform(name);
  return [encodeURIComponent(os.toWellFormed()), encodeURIComponent(architecture.toWellFormed())];
};

/** A manifest that an index lists, as `children` has it: what its status depends on besides its own row. */
export interface ListedRow {
  /** Its place in the list. */
  readonly n: number;
  readonly id: string;
  readonly digest: string;
  readonly os: string | null;
  readonly architecture: string | null;
  /** Whether the index lists it for the platform `unknown/unknown`. */
  readonly unknown: boolean;
  /** Without any event by then (ms since the epoch) it is overdue. */
  readonly until: number;
}

const listedIn = ({ placement: { registryId, repository }, push }: PlacementState): ListedRow[] =>
  (push?.facts?.children ?? []).map((child, n) => {
    const [os, architecture] = platformCells(child);
    return {
      n,
      id: imageIdOf({ registryId, repository, digest: child.digest }),
      digest: child.digest,
      os,
      architecture,
      unknown: isUnknownPlatform(child),
      until: Date.parse(push?.receivedAt ?? '') + waitMs(push?.origin),
    };
  });

/**
 * A placement as a row of `images`.
 *
 * @param database the newest one that the image was assessed with
 */
export const imageRow = (
  image: string,
  { state, findings }: StoredImage,
  database: Database | undefined,
  partitions: number,
): Cell[] => {
  const { subscriptionId, registryId, loginServer, repository, digest } = state.placement;
  const head = headIn(state);
  const shown = shownHeadIn(state);
  const pending = pendingIn(state);
  const counts = countsIn(state);
  const { classified } = state;
  const push = state.push ?? state.verdict;
  return [
    image,
    registryKeyOf(registryId),
    subscriptionId.toLowerCase(),
    registryId,
    loginServer,
    repository,
    digest,
    state.push?.facts?.kind,
    state.push?.facts?.os,
    isDeleted(state),
    pending?.status,
    pending?.deadline,
    shown?.status,
    shown?.reason,
    counts?.bySeverity?.Critical,
    counts?.bySeverity?.High,
    counts?.bySeverity?.Medium,
    counts?.bySeverity?.Low,
    counts?.bySeverity?.Unknown,
    counts?.fixable,
    counts?.exempt,
    builtMs(database),
    head ? Date.parse(head.time) : null,
    push?.pushedAt,
    findings,
    classified?.time,
    classified?.os?.family,
    classified?.os?.version,
    database?.demonstration ?? false,
    state.set ? JSON.stringify(state.set.layers) : null,
    partitionOf(digest, partitions),
    classified?.scanner.name,
    // Only images with a result are covered by marks.
    ...numbersIn(classified?.result === undefined ? undefined : classified.sequence),
    msOf(sinceIn(state)),
    counts?.bySeverity !== undefined,
    head ? undefined : unansweredIn(state),
    (state.tagged ?? push)?.tags.join('\n'),
    ...platformCells(state.push?.facts),
    state.push?.facts?.cannotRun,
    isIndex(state) ? JSON.stringify(listedIn(state)) : null,
    isUntagged(state),
    JSON.stringify(state),
  ];
};
