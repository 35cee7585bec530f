import { queryOf, sameId, type ArmRequest } from '@assay/arm';
import type { PlacementState } from '../view/placement.ts';

/** Of all places where an image lies, those that are asked about. */
export interface Where {
  readonly subscriptionId: string | undefined;
  readonly repository: string | undefined;
}

export const whereIn = (request: ArmRequest): Where => ({ subscriptionId: queryOf(request, 'subscription'), repository: queryOf(request, 'repository') });

export const isAt = ({ subscriptionId, repository }: PlacementState['placement'], where: Where): boolean =>
  (where.subscriptionId === undefined || sameId(subscriptionId, where.subscriptionId)) && (where.repository === undefined || repository === where.repository);
