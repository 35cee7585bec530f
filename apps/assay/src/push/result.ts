import type { FindingAnswer, PlacementAnswer } from '../client/answers.ts';
import { isJoined, traceOf, type PushOutcome } from './awaiting.ts';
import { shownReference, type Reference } from './reference.ts';
import type { Uncharged } from './uncharged.ts';

export interface PushResult extends Uncharged {
  readonly reference: string;
  readonly digest: string;
  readonly status: string;
  readonly reason: string | null;
  readonly findings: readonly ShownFinding[];
  readonly charge: { readonly amount: string; readonly currency: string } | null;
  readonly traceId: string | null;
  readonly scanMs: number;
  readonly pushToRecommendationMs: number | null;
  /** Present if the bundled demonstration database was used: it is for trials only. */
  readonly demonstrationDatabase?: true;
}

type ShownFinding = Pick<FindingAnswer, 'vulnerability' | 'package' | 'installedVersion' | 'severity'> & {
  readonly fixedVersion: string | null;
};

const shownFinding = ({
  vulnerability,
  package: name,
  installedVersion,
  fixedVersion,
  severity,
}: FindingAnswer): ShownFinding => ({
  vulnerability,
  package: name,
  installedVersion,
  fixedVersion: fixedVersion ?? null,
  severity,
});

/** Returns the charge of the push that caused it. A push that joins the result later has none. */
export const chargeOf = ({ placement: { charge, pushId }, events }: PushOutcome): PushResult['charge'] =>
  charge && events.some((event) => event.topic === 'usage.charged' && event.pushId === pushId)
    ? { amount: charge.amount, currency: charge.currency }
    : null;

/** Returns 0 if no scan ran for this push. */
export const scanMsOf = (placement: PlacementAnswer): number => (isJoined(placement) ? 0 : (placement.scanMs ?? 0));

export const pushResult = (
  reference: Reference,
  outcome: PushOutcome,
  findings: readonly FindingAnswer[],
  children: readonly PushOutcome[] = [],
  uncharged: Uncharged = {},
): PushResult => {
  const { placement } = outcome;
  const { digest, status, reason, pushToRecommendationMs } = placement;
  const images = [outcome, ...children];
  return {
    reference: shownReference(reference),
    digest,
    status,
    reason: reason ?? null,
    findings: findings.map(shownFinding),
    charge: images.map(chargeOf).find((charge) => charge !== null) ?? null,
    ...uncharged,
    traceId: traceOf(outcome),
    scanMs: Math.max(...images.map((image) => scanMsOf(image.placement))),
    pushToRecommendationMs:
      pushToRecommendationMs ?? Math.max(...children.map((child) => child.placement.pushToRecommendationMs ?? 0), 0),
    ...(images.some((image) => image.placement.demonstrationDatabase) ? { demonstrationDatabase: true } : {}),
  };
};
