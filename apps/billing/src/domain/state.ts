import type { Cause, FindingClassified, UsageCharged } from '@assay/events';
import type { State } from '@assay/event-sourcing';

/** A chargeable assessment: a charge without its price. */
export interface Chargeable extends Omit<
  UsageCharged,
  'chargeId' | 'amount' | 'currency' | 'priceRule' | 'billedIn' | 'correctionOf' | 'by' | 'why'
> {
  readonly cause: Cause;
}

/** State of a digest by subscription in lower case, since each subscription pays once. */
export type BySubscription<Item> = Readonly<Record<string, Item>>;

/** The first chargeable assessment, which never changes. */
export type Received = BySubscription<Chargeable>;

/** Charges and corrections, in the order of the log. */
export type Emitted = BySubscription<readonly UsageCharged[]>;

export const subscriptionKey = ({ subscriptionId }: Pick<FindingClassified, 'subscriptionId'>): string =>
  subscriptionId.toLowerCase();

/** Reads own entries only: a subscription may have the name of a member of Object.prototype. */
export const entryOf = <Item>(items: BySubscription<Item>, key: string): Item | undefined =>
  Object.hasOwn(items, key) ? items[key] : undefined;

/** Sorts by key, so that the stored text does not depend on the order of arrival. */
export const withEntry = <Item>(items: BySubscription<Item>, key: string, item: Item): BySubscription<Item> =>
  Object.fromEntries(
    [...Object.entries(items).filter(([other]) => other !== key), [key, item] as const].toSorted(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );

/** A correction changes the amount of a charge, not whether the image was charged. */
const isCharged = (charges: readonly UsageCharged[]): boolean =>
  charges.some(({ correctionOf }) => correctionOf === undefined);

/** Returns the assessments without a charge. After a decision, these are the assessments that wait for a price. */
export const unpaid = ({ received, emitted }: State<Received, Emitted>): readonly Chargeable[] =>
  Object.entries(received)
    .filter(([subscription]) => !isCharged(entryOf(emitted, subscription) ?? []))
    .map(([, assessment]) => assessment);
