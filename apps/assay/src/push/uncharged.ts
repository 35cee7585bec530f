import type { ChargesAnswer, PlacementAnswer } from '../client/answers.ts';
import type { Api } from '../client/api.ts';
import { Failure, NeedsOperator } from '../terminal/failure.ts';

/** Why a charge is missing. */
export interface Uncharged {
  /** The assessment is chargeable but has no price yet. */
  readonly chargeWaits?: true;
  /** Why the charges could not be read. */
  readonly chargeUnknown?: string;
}

/** An assessed image has a charge unless something is in its way. */
const isUnpaid = ({ charge, status, children }: PlacementAnswer): boolean =>
  !charge && !children && ['healthy', 'unhealthy'].includes(status);

/** Whether one of these images is chargeable and waits for a price. */
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
 * Explains why some of these images have no charge. Reads billing only for a chargeable image without a charge. A
 * caller without the right to read charges gets no explanation.
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
