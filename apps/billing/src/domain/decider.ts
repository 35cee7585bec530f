import { derivedId, placementKey, type UsageCharged } from '@assay/events';
import type { Decision, EventDraft, State } from '@assay/event-sourcing';
import { defineDecider } from '@assay/event-sourcing/decider';
import { evolveConfig, matters, noConfig, type Config, type Correction } from './config.ts';
import { countedOf } from './corrections.ts';
import { evolveReceived, evolveEmitted } from './folds.ts';
import { openPeriodOf, periodOf } from './periods.ts';
import { nameOf, priceAt, type PriceRule } from './prices.ts';
import { entryOf, subscriptionKey, unpaid, type Chargeable, type Received, type Emitted } from './state.ts';

/** Prices are read at the start: a key that lacks one is asked again this long after, at most, there is one. */
export const lookAgainMs = 600_000;

/**
 * Which assessments of the digest are to be paid for, and which corrections were ordered, and are not charged yet? One
 * whose day has no price holds up no other.
 */
const decide = (
  key: string,
  state: State<Received, Emitted>,
  prices: readonly PriceRule[],
  config: Config,
  now: number,
): Decision => {
  const due = unpaid(state).map((assessment) => ({ assessment, price: priceAt(prices, assessment.chargedFor) }));
  const charges = due.flatMap(({ assessment, price }) => (price ? [charge(assessment, price, config)] : []));
  const events = [...charges, ...corrections(state.emitted, config.corrections.get(key) ?? [], config)];
  return { events, ...(charges.length < due.length ? { wakeAt: now + lookAgainMs } : {}) };
};

const charge = ({ cause, ...assessment }: Chargeable, price: PriceRule, config: Config): EventDraft => {
  const data: UsageCharged = {
    ...assessment,
    chargeId: derivedId('charge', subscriptionKey(assessment), assessment.digest),
    amount: price.amount,
    currency: price.currency,
    priceRule: nameOf(price),
    ...billedBy(config, assessment.chargedFor),
  };
  return { topic: 'usage.charged', data, cause, idempotencyKey: placementKey(assessment) };
};

const corrections = (emitted: Emitted, ordered: readonly Correction[], config: Config): EventDraft[] =>
  [...Map.groupBy(ordered, ({ subscription }) => subscription)].flatMap(([subscription, some]) => {
    const known = entryOf(emitted, subscription) ?? [];
    return known
      .filter(({ correctionOf }) => correctionOf === undefined)
      .flatMap((charged) =>
        countedOf(charged, some)
          .filter(({ correctionId }) => !known.some(({ chargeId }) => chargeId === correctionId))
          .map((correction) => corrected(charged, correction, config)),
      );
  });

const corrected = (
  { billedIn: _billedIn, ...charged }: UsageCharged,
  { correctionId, amount, by, why, cause }: Correction,
  config: Config,
): EventDraft => {
  const data: UsageCharged = {
    ...charged,
    chargeId: correctionId,
    amount,
    correctionOf: charged.chargeId,
    by,
    why,
    ...billedBy(config, charged.chargedFor),
  };
  return { topic: 'usage.charged', data, cause, idempotencyKey: correctionId };
};

/** On whose bill it comes, where that of its day is closed. */
const billedBy = ({ periods }: Config, chargedFor: string): Pick<UsageCharged, 'billedIn'> => {
  const period = openPeriodOf((one) => periods.has(one), chargedFor);
  return period === periodOf(chargedFor) ? {} : { billedIn: period };
};

/** Of the states that its folds make. */
export const stateVersion = 2;

/** Charges each assessed image once for a subscription and digest, at the price of the day on which it was assessed. */
export const billingProgram = (prices: readonly PriceRule[]) =>
  defineDecider<'billing', Received, Emitted, Config>({
    app: 'billing',
    stateVersion,
    empty: () => ({ received: {}, emitted: {} }),
    evolveReceived,
    evolveEmitted,
    decide: (state, { key, config, now }) => decide(key, state, prices, config, now),
    noConfig,
    evolveConfig,
    matters,
  });
