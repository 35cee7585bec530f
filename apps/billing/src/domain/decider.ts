import { derivedId, placementKey, type UsageCharged } from '@assay/events';
import type { Decision, EventDraft, State } from '@assay/event-sourcing';
import { defineDecider } from '@assay/event-sourcing/decider';
import { evolveConfig, matters, noConfig, type Config, type Correction } from './config.ts';
import { countedOf } from './corrections.ts';
import { evolveReceived, evolveEmitted } from './folds.ts';
import { openPeriodOf, periodOf } from './periods.ts';
import { nameOf, priceAt, type PriceRule } from './prices.ts';
import { summarise } from './summary.ts';
import { entryOf, subscriptionKey, unpaid, type Chargeable, type Received, type Emitted } from './state.ts';

/** Longest delay until a key without a price is evaluated again. Prices are read at the start of the process. */
export const priceRetryMs = 600_000;

/**
 * Charges the assessments and corrections of the digest that are not charged yet. An assessment on a day without a
 * price does not delay the others.
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
  return { events, ...(charges.length < due.length ? { wakeAt: now + priceRetryMs } : {}) };
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

/** Names the next open period if the period of the day is closed. */
const billedBy = ({ periods }: Config, chargedFor: string): Pick<UsageCharged, 'billedIn'> => {
  const period = openPeriodOf((one) => periods.has(one), chargedFor);
  return period === periodOf(chargedFor) ? {} : { billedIn: period };
};

/** Version of the states that the folds produce. */
export const stateVersion = 3;

/** Charges each assessed image once per subscription and digest, at the price of its assessment's day. */
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
    summarise,
  });
