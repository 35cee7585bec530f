import type { ChargesAnswer, PlacementAnswer } from '../client/answers.ts';
import type { Api } from '../client/api.ts';
import { Failure, NeedsOperator } from '../terminal/failure.ts';

/** What is known of a charge that is not there. */
export interface Uncharged {
  /** It is to be paid for, and has no price yet. */
  readonly chargeWaits?: true;
  /** Why nobody can say whether there is one. */
  readonly chargeUnknown?: string;
}

/** Of what was assessed there is a charge, or something is in its way. */
export const isUnpaid = ({ charge, status, children }: PlacementAnswer): boolean =>
  !charge && !children && ['healthy', 'unhealthy'].includes(status);

/** Whether one of these images is to be paid for, and waits for a price. */
export const waitingAmong = (
  placements: readonly Pick<PlacementAnswer, 'digest' | 'subscriptionId'>[],
  waiting: ChargesAnswer['waiting'],
): Uncharged =>
  placements.some((placement) =>
    waiting.some(
      ({ subscriptionId, digest }) =>
        digest === placement.digest && subscriptionId.toLowerCase() === placement.subscriptionId.toLowerCase(),
    ),
  )
    ? { chargeWaits: true }
    : {};

/**
 * Why some of these images have no charge. Billing is asked only where something was not charged that is; who may not
 * read charges is not told.
 */
export const unchargedAmong = async (
  api: Pick<Api, 'charges'>,
  placements: readonly PlacementAnswer[],
  period?: string,
): Promise<Uncharged> => {
  const unpaid = placements.filter(isUnpaid);
  if (unpaid.length === 0) return {};
  return api.charges(period).then(
    ({ waiting }) => waitingAmong(unpaid, waiting),
    (error: unknown) =>
      error instanceof NeedsOperator || (error instanceof Failure && error.reason === 'no-suite')
        ? { chargeUnknown: error.message.replace(/\.$/, '') }
        : {},
  );
};
