import { sameId } from '@assay/arm';
import { callerOf, queryOf, type ArmRequest, type Operation } from '@assay/http';
import type { PlacementState } from '@assay/read-model/placement/placement';
import { readableBy } from '@assay/read-model/store/readable';

/** The placements of an image that are requested and that the caller may read. */
export interface Where {
  readonly subscriptionId: string | undefined;
  readonly repository: string | undefined;
  /** Prefixes of the keys of the registries. */
  readonly prefixes: readonly string[];
}

export const whereIn = (request: ArmRequest, operation: Operation = 'findings/read'): Where => ({
  subscriptionId: queryOf(request, 'subscription'),
  repository: queryOf(request, 'repository'),
  prefixes: readableBy(callerOf(request), operation),
});

export const isAt = ({ subscriptionId, repository }: PlacementState['placement'], where: Where): boolean =>
  (where.subscriptionId === undefined || sameId(subscriptionId, where.subscriptionId)) &&
  (where.repository === undefined || repository === where.repository);
