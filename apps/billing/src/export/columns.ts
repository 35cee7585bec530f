import type { UsageCharged } from '@assay/events';
import { subscriptionKey } from '../domain/state.ts';
import { billedIn } from '../domain/periods.ts';
import { dayOf, monthOf } from '../read-model/period.ts';
import type { Naming } from './naming.ts';

export interface FocusColumn {
  readonly name: string;
  /** True for a number, which is written as such. Text is protected against being read as a formula. */
  readonly number?: true;
  /** Undefined where the specification requires a null. */
  readonly of: (charge: UsageCharged, naming: Naming) => string | undefined;
}

/** Readers infer a column's type from its cells: without a decimal point in any cell they infer integers. */
const decimal = (text: string): string => (text.includes('.') ? text : `${text}.0`);

const none = (): undefined => undefined;
const always = (text: string) => () => text;
const amount = (charge: UsageCharged): string => decimal(charge.amount);
const imageOf = ({ repository, digest }: UsageCharged): string => `${repository}@${digest}`;

/** A correction corrects an amount. It has no quantity and no price of its own. */
const unlessCorrection =
  (of: (charge: UsageCharged) => string) =>
  (charge: UsageCharged): string | undefined =>
    charge.correctionOf === undefined ? of(charge) : undefined;

const description = (charge: UsageCharged): string =>
  charge.correctionOf === undefined
    ? `Assessment of one image, ${imageOf(charge)}, at ${charge.amount} ${charge.currency} (${charge.priceRule})`
    : `Correction of charge ${charge.correctionOf} for the assessment of one image, ${imageOf(charge)}`;

const billed = (charge: UsageCharged) => monthOf(`${billedIn(charge)}-01`);

/** An image is no Azure resource. An id below its registry allows grouping by image. */
const resourceOf = ({ registryId, repository, digest }: UsageCharged): string =>
  `${registryId}/repositories/${repository}/images/${digest}`;

/** Sorted by name, so that equal tags give equal bytes. */
const tags = (charge: UsageCharged, { tagsOf }: Naming): string | undefined => {
  const pairs = Object.entries(tagsOf(charge)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? undefined : JSON.stringify(Object.fromEntries(pairs));
};

/**
 * FOCUS 1.2 with every column of 1.0. There is no account above the subscription, so the subscription is the billing
 * account too. Its id replaces a missing name. Region, invoice and discounts are null.
 */
export const columns: readonly FocusColumn[] = [
  { name: 'BilledCost', number: true, of: amount },
  { name: 'BillingAccountId', of: (charge) => `/subscriptions/${subscriptionKey(charge)}` },
  { name: 'BillingAccountName', of: (charge, { subscriptionOf }) => subscriptionOf(charge) },
  { name: 'BillingAccountType', of: always('Subscription') },
  { name: 'BillingCurrency', of: ({ currency }) => currency },
  { name: 'BillingPeriodStart', of: (charge) => billed(charge).start },
  { name: 'BillingPeriodEnd', of: (charge) => billed(charge).end },
  { name: 'ChargeCategory', of: always('Usage') },
  { name: 'ChargeClass', of: ({ correctionOf }) => (correctionOf === undefined ? undefined : 'Correction') },
  { name: 'ChargeDescription', of: description },
  { name: 'ChargeFrequency', of: always('Usage-Based') },
  { name: 'ChargePeriodStart', of: ({ chargedFor }) => dayOf(chargedFor).start },
  { name: 'ChargePeriodEnd', of: ({ chargedFor }) => dayOf(chargedFor).end },
  { name: 'CommitmentDiscountCategory', of: none },
  { name: 'CommitmentDiscountId', of: none },
  { name: 'CommitmentDiscountName', of: none },
  { name: 'CommitmentDiscountStatus', of: none },
  { name: 'CommitmentDiscountType', of: none },
  { name: 'ConsumedQuantity', number: true, of: unlessCorrection(always('1.0')) },
  { name: 'ConsumedUnit', of: unlessCorrection(always('Images')) },
  { name: 'ContractedCost', number: true, of: amount },
  { name: 'ContractedUnitPrice', number: true, of: unlessCorrection(amount) },
  { name: 'EffectiveCost', number: true, of: amount },
  { name: 'InvoiceId', of: none },
  { name: 'InvoiceIssuerName', of: (_, { issuer }) => issuer },
  { name: 'ListCost', number: true, of: amount },
  { name: 'ListUnitPrice', number: true, of: unlessCorrection(amount) },
  { name: 'PricingCategory', of: always('Standard') },
  { name: 'PricingCurrency', of: ({ currency }) => currency },
  { name: 'PricingQuantity', number: true, of: unlessCorrection(always('1.0')) },
  { name: 'PricingUnit', of: unlessCorrection(always('Images')) },
  { name: 'ProviderName', of: always('Assay') },
  { name: 'PublisherName', of: always('Assay') },
  { name: 'RegionId', of: none },
  { name: 'RegionName', of: none },
  { name: 'ResourceId', of: resourceOf },
  { name: 'ResourceName', of: imageOf },
  { name: 'ResourceType', of: always('Container image') },
  { name: 'ServiceCategory', of: always('Security') },
  { name: 'ServiceName', of: always('Assay') },
  { name: 'ServiceSubcategory', of: always('Threat Detection and Response') },
  { name: 'SkuId', of: always('image-assessment') },
  { name: 'SkuPriceId', of: ({ priceRule }) => priceRule },
  { name: 'SubAccountId', of: subscriptionKey },
  { name: 'SubAccountName', of: (charge, { subscriptionOf }) => subscriptionOf(charge) ?? subscriptionKey(charge) },
  { name: 'SubAccountType', of: always('Subscription') },
  // Labels of the registry and the owner of the repository are pairs. Tags of an image are bare names, in
  // `x_AssayTags`.
  { name: 'Tags', of: tags },
  { name: 'x_AssayChargeId', of: ({ chargeId }) => chargeId },
  { name: 'x_AssayPushId', of: ({ pushId }) => pushId },
  { name: 'x_AssayScanId', of: ({ scanId }) => scanId },
  { name: 'x_AssayImageDigest', of: ({ digest }) => digest },
  { name: 'x_AssayRepository', of: ({ repository }) => repository },
  { name: 'x_AssayTags', of: ({ tags }) => tags.join(' ') || undefined },
  { name: 'x_AssayPriceRule', of: ({ priceRule }) => priceRule },
  { name: 'x_AssayCorrectionOf', of: ({ correctionOf }) => correctionOf },
  { name: 'x_AssayRegistryId', of: ({ registryId }) => registryId },
  // To the millisecond; the charge period is the day.
  { name: 'x_AssayChargedFor', of: ({ chargedFor }) => chargedFor },
  { name: 'x_AssayCorrectedBy', of: ({ by }) => by },
  { name: 'x_AssayCorrectedWhy', of: ({ why }) => why },
];
