import { derivedId, placementKey, type Database, type Placement } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import type { Cell } from './duckdb.ts';
import { builtMs, headIn, shownHeadIn, type PlacementState } from './placement.ts';
import { isDeleted, pendingIn } from './status.ts';

/** Id of a placement in every table. */
export const imageIdOf = (placement: Pick<Placement, 'registryId' | 'repository' | 'digest'>): string =>
  derivedId('image', placementKey(placement));

/** Ends with a slash, so that keys sort like the ids below them and a scope is a prefix. */
export const registryKeyOf = (registryId: string): string => `${registryId.toLowerCase()}/`;

export interface StoredImage {
  readonly state: PlacementState;
  /** Number of stored finding records. */
  readonly findings: number;
}

const numbersIn = (sequence: string | undefined): readonly (number | undefined)[] => {
  const [epoch, number] = (sequence ?? '').split('.');
  return epoch && number ? [Number(epoch), Number(number)] : [undefined, undefined];
};

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
  const counts = head?.bySeverity;
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
    counts?.Critical,
    counts?.High,
    counts?.Medium,
    counts?.Low,
    counts?.Unknown,
    head?.fixable,
    head?.exempt,
    builtMs(database),
    head ? Date.parse(head.time) : null,
    push?.pushedAt,
    findings,
    classified?.time,
    classified?.os?.family,
    classified?.os?.version,
    classified?.database.demonstration ?? false,
    state.set ? JSON.stringify(state.set.layers) : null,
    partitionOf(digest, partitions),
    classified?.scanner.name,
    // Only images with a result are covered by marks.
    ...numbersIn(classified?.result === undefined ? undefined : classified.sequence),
    JSON.stringify(state),
  ];
};
