import type { Cause, FindingClassified, UsageCharged } from '@assay/events';
import type { State } from '@assay/event-sourcing';

/** An assessment that is to be paid for: everything a charge says, but for its price. */
export interface Chargeable extends Omit<
  UsageCharged,
  'chargeId' | 'amount' | 'currency' | 'priceRule' | 'billedIn' | 'correctionOf' | 'by' | 'why'
> {
  readonly cause: Cause;
}

/** What is known of a digest, by subscription (lower case): each pays for it once. */
export type BySubscription<Item> = Readonly<Record<string, Item>>;

/** The first chargeable assessment, for ever. */
export type Received = BySubscription<Chargeable>;

/** Charges in the order in which they were said, corrections among them. */
export type Emitted = BySubscription<readonly UsageCharged[]>;

export const subscriptionKey = ({ subscriptionId }: Pick<FindingClassified, 'subscriptionId'>): string =>
  subscriptionId.toLowerCase();

/** Own entries only: a subscription may be called like something that every object has. */
export const entryOf = <Item>(items: BySubscription<Item>, key: string): Item | undefined =>
  Object.hasOwn(items, key) ? items[key] : undefined;

/** Sorted by key, so that the stored text does not tell in which order subscriptions came. */
export const withEntry = <Item>(items: BySubscription<Item>, key: string, item: Item): BySubscription<Item> =>
  Object.fromEntries(
    [...Object.entries(items).filter(([other]) => other !== key), [key, item] as const].toSorted(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );

/** A correction changes what a charge comes to, not whether there is one. */
const isCharged = (charges: readonly UsageCharged[]): boolean =>
  charges.some(({ correctionOf }) => correctionOf === undefined);

/** What is to be paid for and was not charged: once the key was asked about, what waits for a price. */
export const unpaid = ({ received, emitted }: State<Received, Emitted>): readonly Chargeable[] =>
  Object.entries(received)
    .filter(([subscription]) => !isCharged(entryOf(emitted, subscription) ?? []))
    .map(([, assessment]) => assessment);
