import { ArmError, notFound } from '@assay/arm';
import { at, derivedId, type UsageCharged } from '@assay/events';
import type { State, Store } from '@assay/event-sourcing';
import { partitionOf, type EventLog } from '@assay/messaging';
import { restOf } from '../domain/corrections.ts';
import type { Received, Emitted } from '../domain/state.ts';
import { appended, type OrderMarks } from '../ordering.ts';
import type { Charges } from '../read-model/charges.ts';
import { totalsOf } from '../read-model/totals.ts';

export interface CorrectingPorts {
  readonly log: EventLog;
  readonly store: Pick<Store, 'checkpoint' | 'read'>;
  readonly charges: Charges;
}

export interface CorrectionOrder extends OrderMarks {
  /** Decimal text. If absent, the whole rest of the charge is given back. */
  readonly amount?: string | undefined;
  readonly by: string;
  readonly why: string;
}

const timeoutMs = 15_000;
const pollMs = 50;

/**
 * Corrects charges: publishes the order (`charge.corrected`), then waits for the charge that the partition emits for
 * it.
 */
export class Correcting {
  constructor(private readonly ports: CorrectingPorts) {}

  /**
   * Finds a charge and its corrections.
   * @throws ArmError 404 if there is no such charge
   */
  async charge(chargeId: string): Promise<readonly [UsageCharged, ...UsageCharged[]]> {
    const { charges } = await this.ports.charges.of();
    const charge = charges.find((one) => one.chargeId === chargeId && one.correctionOf === undefined);
    if (!charge)
      throw notFound(
        'ChargeNotFound',
        `There is no charge '${chargeId}'. A correction cannot be corrected: give the id of the charge.`,
        'chargeId',
      );
    return [charge, ...charges.filter(({ correctionOf }) => correctionOf === chargeId)];
  }

  /**
   * Corrects a charge, once per request id.
   * @returns the correction, or undefined if it is ordered but not charged yet
   * @throws ArmError 409 if more would be given back than is left, or nothing would change
   */
  async correct(
    [charge, ...before]: Awaited<ReturnType<Correcting['charge']>>,
    order: CorrectionOrder,
  ): Promise<UsageCharged | undefined> {
    const { chargeId, subscriptionId, digest } = charge;
    const correctionId = derivedId('correction', chargeId, order.id);
    const known = before.find((one) => one.chargeId === correctionId);
    if (known) return known;
    const rest = restIn([charge, ...before]);
    const amount = order.amount ?? `-${rest}`;
    if (restOf([amount]).eq(0))
      throw new ArmError(
        409,
        'NothingToCorrect',
        order.amount === undefined ? `Nothing is left of charge ${chargeId}.` : 'A correction of zero changes nothing.',
        { target: 'amount' },
      );
    if (restOf([rest, amount]).lt(0)) throw tooMuch(charge, rest);
    const offset = await appended(this.ports.log, order, 'charge.corrected', digest, {
      chargeId,
      correctionId,
      subscriptionId,
      digest,
      amount,
      by: order.by,
      why: order.why,
    });
    const emitted = await this.#answered(digest, offset);
    const correction = emitted?.find((one) => one.chargeId === correctionId);
    // Another correction came in between. The partition decides in the order of the log.
    if (emitted && !correction)
      throw tooMuch(
        charge,
        restIn(emitted.filter((one) => one.chargeId === chargeId || one.correctionOf === chargeId)),
      );
    return correction;
  }

  /**
   * Waits until the partition has evaluated an order. Returns the charges of the digest, or undefined if that takes too
   * long.
   */
  async #answered(digest: string, offset: number): Promise<readonly UsageCharged[] | undefined> {
    const { store, log } = this.ports;
    const partition = partitionOf(digest, log.partitions);
    for (const until = performance.now() + timeoutMs; performance.now() < until;) {
      const head = await store.checkpoint(partition);
      if (head?.evaluated && (head.configEvaluated['charge.corrected'] ?? 0) > offset) {
        const stored = (await store.read(partition, [digest])).get(digest);
        return stored && Object.values((JSON.parse(stored.state) as State<Received, Emitted>).emitted).flat();
      }
      await new Promise((resolve) => {
        setTimeout(resolve, pollMs);
      });
    }
    return undefined;
  }
}

/** The rest of a charge, as text. A charge and its corrections have one currency. */
const restIn = (charges: readonly UsageCharged[]): string => at(totalsOf(charges), 0).amount;

const tooMuch = ({ chargeId, currency }: UsageCharged, rest: string): ArmError =>
  new ArmError(
    409,
    'MoreThanCharged',
    `The correction gives back more than is left of charge ${chargeId}: ${rest} ${currency}.`,
    { target: 'amount' },
  );
