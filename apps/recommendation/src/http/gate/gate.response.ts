import type { Judgement, Tolerance } from '../../domain/gate.ts';
import type { GatedPlace } from '../../read-model/gated.ts';

interface Policy {
  readonly maxSeverity: Tolerance;
  readonly onlyFixable: boolean;
}

/** A decision in the format for pipelines. */
export const judgementShown = (
  digest: string,
  policy: Policy,
  { decision, reason, message, pending, places }: Judgement<GatedPlace>,
): object => ({
  decision,
  reason,
  message,
  pending,
  digest,
  ...policy,
  ...(places.some(({ demonstrationDatabase }) => demonstrationDatabase) ? { demonstrationDatabase: true } : {}),
  places: places.map(
    ({ subscriptionId, registryId, repository, digest: at, status, reason: why, findings, ruling }) => ({
      subscriptionId,
      registryId,
      repository,
      digest: at,
      status,
      ...(why ? { statusReason: why } : {}),
      decision: ruling.decision,
      reason: ruling.reason,
      ...(findings ? { bySeverity: findings } : {}),
    }),
  ),
});
