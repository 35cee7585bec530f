import { derivedId, placementKey, type Placement } from '@assay/events';
import type { Cell } from './duckdb.ts';
import { headIn, type PlacementState } from './placement.ts';
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

/** A placement as a row of `images`. */
export const imageRow = (image: string, { state, findings }: StoredImage): Cell[] => {
  const { subscriptionId, registryId, loginServer, repository, digest } = state.placement;
  const head = headIn(state);
  const pending = pendingIn(state);
  const counts = head?.bySeverity;
  const database = state.classified?.database;
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
    head?.status,
    head?.reason,
    counts?.Critical,
    counts?.High,
    counts?.Medium,
    counts?.Low,
    counts?.Unknown,
    head?.fixable,
    head?.exempt,
    database && !database.demonstration ? Date.parse(database.builtAt) : null,
    head ? Date.parse(head.time) : null,
    push?.pushedAt,
    findings,
    JSON.stringify(state),
  ];
};
