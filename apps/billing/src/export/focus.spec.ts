import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { columns } from './columns.ts';
import { parseCsv, usageCharged } from './example.ts';
import { focusCsv } from './focus.ts';

const golden = readFileSync(new URL('./focus.golden.csv', import.meta.url), 'utf8');

const november = [
  usageCharged(),
  usageCharged({ chargeId: 'c2', scanId: 's2', pushId: 'p2', subscriptionId: 'ABCDEF00-0000-0000-0000-000000000002', tags: ['v2', 'latest'], chargedFor: '2026-11-30T23:59:59.999Z' }),
  usageCharged({ chargeId: 'c3', scanId: 's3', pushId: 'p3', tags: [], amount: '1', currency: 'EUR', priceRule: 'eu@2026-11-01', chargedFor: '2026-11-30T23:59:59.999Z' }),
  usageCharged({ chargeId: 'c4', amount: '-0.29', correctionOf: 'c0', chargedFor: '2026-11-30T23:59:59.999Z' }),
];

/** The columns of the contract; those of 1.0 first, as the specification spells them. */
const required = `BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodStart BillingPeriodEnd ChargeCategory ChargeClass ChargeDescription ChargeFrequency
  ChargePeriodStart ChargePeriodEnd CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountStatus CommitmentDiscountType ConsumedQuantity ConsumedUnit
  ContractedCost ContractedUnitPrice EffectiveCost InvoiceIssuerName ListCost ListUnitPrice PricingCategory PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName
  ResourceId ResourceName ResourceType ServiceCategory ServiceName SkuId SkuPriceId SubAccountId SubAccountName Tags
  BillingAccountType InvoiceId PricingCurrency ServiceSubcategory SubAccountType
  ChargeType InvoiceIssuer Provider Publisher ResourceID
  x_AssayChargeId x_AssayPushId x_AssayScanId x_AssayImageDigest x_AssayRepository x_AssayTags x_AssayPriceRule`.split(/\s+/);

/** May be empty by the specification; everything else may not. */
const nullable = new Set(`BillingAccountName ChargeClass CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountStatus CommitmentDiscountType InvoiceId
  RegionId RegionName Tags x_AssayTags x_AssayCorrectionOf`.split(/\s+/));
const nullInCorrections = new Set(['ConsumedQuantity', 'ConsumedUnit', 'ContractedUnitPrice', 'ListUnitPrice', 'PricingQuantity', 'PricingUnit']);

describe('the FOCUS export', () => {
  it('is these bytes', () => {
    expect(focusCsv(november)).toBe(golden);
  });

  it('is a header where nothing was charged', () => {
    expect(focusCsv([])).toBe(golden.slice(0, golden.indexOf('\n') + 1));
  });

  it('has every column that is required, once, and none that the specification does not know but for x_ ones', () => {
    const names = columns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !name.startsWith('x_')).toSorted()).toEqual(required.filter((name) => !name.startsWith('x_')).toSorted());
    expect(names).toEqual(expect.arrayContaining(required));
  });

  it.each(parseCsv(golden).map((line) => [line.x_AssayChargeId!, line] as const))('keeps the rules of the specification for %s', (_, line) => {
    const correction = line.ChargeClass === 'Correction';
    const empty = Object.entries(line).filter(([, cell]) => cell === '').map(([name]) => name);
    expect(empty.filter((name) => !nullable.has(name) && !(correction && nullInCorrections.has(name)))).toEqual([]);
    for (const name of ['BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd']) expect(line[name]).toMatch(/^\d{4}-\d\d-\d\dT00:00:00Z$/);
    for (const { name, number } of columns) if (number && line[name] !== '') expect(line[name]).toMatch(/^-?\d+\.\d+$/);
    expect(line.ChargePeriodStart! >= line.BillingPeriodStart! && line.ChargePeriodEnd! <= line.BillingPeriodEnd!).toBe(true);
    expect([line.ContractedCost, line.EffectiveCost, line.ListCost]).toEqual([line.BilledCost, line.BilledCost, line.BilledCost]);
    if (!correction) expect([line.PricingQuantity, line.ListUnitPrice, line.ContractedUnitPrice]).toEqual(['1.0', line.ListCost, line.ContractedCost]);
    expect(line.PricingCurrency).toBe(line.BillingCurrency);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('keeps a spreadsheet from running the text %j', (text) => {
    const [line] = parseCsv(focusCsv([usageCharged({ registryId: text, repository: text, tags: [text], scanId: text, priceRule: text })]));
    for (const name of ['ResourceId', 'ResourceName', 'x_AssayRepository', 'x_AssayTags', 'x_AssayScanId', 'SkuPriceId']) expect(line![name]).toMatch(/^'/);
  });

  it('leaves numbers numbers, below zero too', () => {
    expect(parseCsv(focusCsv([november[3]!]))[0]).toMatchObject({ BilledCost: '-0.29', ChargeClass: 'Correction', x_AssayCorrectionOf: 'c0' });
  });

  it('keeps text that holds the signs of CSV itself', () => {
    const repository = 'a,"b"\nc';
    expect(parseCsv(focusCsv([usageCharged({ repository })]))[0]!.x_AssayRepository).toBe(repository);
  });
});
