import type { Judgement, Tolerance } from '../../domain/gate.ts';
import type { GatedPlace, LeftOutChild } from './gated.ts';
import { oldestOf } from '../images/advisories.ts';
import type { Upgrade } from '../fixes/fix-list.ts';
import { evidenceShown } from '../evidence.response.ts';

/** The findings that a caller of the gate allows. */
export interface Policy {
  readonly maxSeverity: Tolerance;
  readonly onlyFixable: boolean;
  readonly platform?: string;
}

/** Facts for a person beside a decision. */
interface Beside {
  /** Address of the image's page. */
  readonly page: string;
  readonly leftOut: readonly LeftOutChild[];
  readonly upgrade: Upgrade | undefined;
}

/** A decision in the format for pipelines. */
export const judgementShown = (
  digest: string,
  policy: Policy,
  { decision, reason, message, pending, places }: Judgement<GatedPlace>,
  { page, leftOut, upgrade }: Beside,
): object => ({
  decision,
  reason,
  message,
  pending,
  digest,
  page,
  ...(upgrade ? { upgrade } : {}),
  advisoriesAt: oldestOf(places.map(({ scanned }) => scanned?.database.builtAt)),
  ...policy,
  ...(places.some(({ demonstrationDatabase }) => demonstrationDatabase) ? { demonstrationDatabase: true } : {}),
  places: places.map(
    ({
      subscriptionId,
      registryId,
      repository,
      digest: at,
      status,
      reason: why,
      findings,
      doubts,
      scanned,
      ruling,
    }) => ({
      subscriptionId,
      registryId,
      repository,
      digest: at,
      status,
      ...(why ? { statusReason: why } : {}),
      decision: ruling.decision,
      reason: ruling.reason,
      ...(findings ? { bySeverity: findings } : {}),
      ...(doubts ? { doubts } : {}),
      ...(scanned ? { evidence: evidenceShown(scanned) } : {}),
    }),
  ),
  ...(leftOut.length > 0 ? { leftOut } : {}),
});
