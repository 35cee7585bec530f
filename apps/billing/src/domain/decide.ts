import { derivedId, placementKey, type UsageCharged } from '@assay/events';
import type { Draft, Program, State } from '@assay/event-sourcing';
import { hear, say } from './folds.ts';
import { nameOf, priceAt, type PriceRule } from './prices.ts';
import { entryOf, subscriptionKey, type Chargeable, type Heard, type Said } from './state.ts';

/** Which assessments of the digest are to be paid for and are not charged yet? */
const decide = ({ heard, said }: State<Heard, Said>, prices: readonly PriceRule[]): Draft[] =>
  Object.entries(heard).filter(([subscription]) => !isCharged(entryOf(said, subscription) ?? [])).map(([, assessment]) => charge(assessment, prices));

/** A correction changes what a charge comes to, not whether there is one. */
const isCharged = (charges: readonly UsageCharged[]): boolean => charges.some(({ correctionOf }) => correctionOf === undefined);

const charge = ({ cause, ...assessment }: Chargeable, prices: readonly PriceRule[]): Draft => {
  const price = priceAt(prices, assessment.chargedFor);
  const data: UsageCharged = {
    ...assessment, chargeId: derivedId('charge', subscriptionKey(assessment), assessment.digest),
    amount: price.amount, currency: price.currency, priceRule: nameOf(price),
  };
  return { topic: 'usage.charged', data, cause, about: placementKey(assessment) };
};

/** Billing follows nothing that changes an answer. */
export type NoConfig = Readonly<Record<string, never>>;

/** Charges each assessed image once for a subscription and digest, at the price of the day on which it was assessed. */
export const billingProgram = (prices: readonly PriceRule[]): Program<Heard, Said, NoConfig> => ({
  app: 'billing',
  empty: () => ({ heard: {}, said: {} }),
  hear,
  say,
  decide: (state) => ({ says: decide(state, prices) }),
  noConfig: {},
  follow: (config) => config,
  matters: () => false,
});
