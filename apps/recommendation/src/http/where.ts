import { callerOf, queryOf, sameId, type ArmRequest, type Operation } from '@assay/arm';
import type { PlacementState } from '../read-model/placement.ts';
import { readableBy } from '../read-model/readable.ts';

/** Of all places where an image lies, those that are asked about and that the caller may read. */
export interface Where {
  readonly subscriptionId: string | undefined;
  readonly repository: string | undefined;
  /** What the keys of the registries begin with. */
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
