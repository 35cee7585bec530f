import { Map as ImmutableMap } from 'immutable';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { columns } from './columns.ts';
import { readCsv } from './csv.ts';
import { parseCsv, usageCharged } from './example.ts';
import { focusCsv } from './focus.ts';
import { Lines, reshaped } from './lines.ts';
import { namingBy, ownersFrom } from './naming.ts';
import { noConfig } from '../domain/config.ts';

const golden = readFileSync(new URL('./focus.golden.csv', import.meta.url), 'utf8');

const november = [
  usageCharged(),
  usageCharged({
    chargeId: 'c2',
    scanId: 's2',
    pushId: 'p2',
    subscriptionId: 'ABCDEF00-0000-0000-0000-000000000002',
    tags: ['v2', 'latest'],
    chargedFor: '2026-11-30T23:59:59.999Z',
  }),
  usageCharged({
    chargeId: 'c3',
    scanId: 's3',
    pushId: 'p3',
    tags: [],
    amount: '1',
    currency: 'EUR',
    priceRule: 'eu@2026-11-01',
    chargedFor: '2026-11-30T23:59:59.999Z',
  }),
  usageCharged({
    chargeId: 'c4',
    amount: '-0.29',
    correctionOf: 'c0',
    chargedFor: '2026-11-30T23:59:59.999Z',
    by: 'ana (assay)',
    why: 'pushed by a test',
  }),
];

/** The columns of the contract. The columns of 1.0 come first, in the spelling of the specification. */
const required = `BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodStart BillingPeriodEnd
  ChargeCategory ChargeClass ChargeDescription ChargeFrequency ChargePeriodStart ChargePeriodEnd
  CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountStatus
  CommitmentDiscountType ConsumedQuantity ConsumedUnit ContractedCost ContractedUnitPrice EffectiveCost
  InvoiceIssuerName ListCost ListUnitPrice PricingCategory PricingQuantity PricingUnit ProviderName
  PublisherName RegionId RegionName ResourceId ResourceName ResourceType ServiceCategory ServiceName SkuId
  SkuPriceId SubAccountId SubAccountName Tags BillingAccountType InvoiceId PricingCurrency
  ServiceSubcategory SubAccountType x_AssayChargeId x_AssayPushId x_AssayScanId x_AssayImageDigest
  x_AssayRepository x_AssayTags x_AssayPriceRule x_AssayCorrectionOf x_AssayRegistryId x_AssayChargedFor
  x_AssayCorrectedBy x_AssayCorrectedWhy`.split(/\s+/);

/** The specification allows null in these columns only. */
const nullable = new Set(
  `BillingAccountName ChargeClass CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName
  CommitmentDiscountStatus CommitmentDiscountType InvoiceId RegionId RegionName Tags x_AssayTags
  x_AssayCorrectionOf x_AssayCorrectedBy x_AssayCorrectedWhy`.split(/\s+/),
);
const nullInCorrections = new Set([
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedUnitPrice',
  'ListUnitPrice',
  'PricingQuantity',
  'PricingUnit',
]);

describe('the FOCUS export', () => {
  it('has the golden bytes', () => {
    expect(focusCsv(november)).toBe(golden);
  });

  it('is only a header without charges', () => {
    expect(focusCsv([])).toBe(golden.slice(0, golden.indexOf('\n') + 1));
  });

  it('has every required column once, and otherwise only x_ columns', () => {
    const names = columns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !name.startsWith('x_')).toSorted()).toEqual(
      required.filter((name) => !name.startsWith('x_')).toSorted(),
    );
    expect(names).toEqual(expect.arrayContaining(required));
  });

  it.each(parseCsv(golden).map((line) => [line.x_AssayChargeId!, line] as const))(
    'keeps the rules of the specification for %s',
    (_, line) => {
      const correction = line.ChargeClass === 'Correction';
      const empty = Object.entries(line)
        .filter(([, cell]) => cell === '')
        .map(([name]) => name);
      expect(empty.filter((name) => !nullable.has(name) && !(correction && nullInCorrections.has(name)))).toEqual([]);
      for (const name of ['BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd'])
        expect(line[name]).toMatch(/^\d{4}-\d\d-\d\dT00:00:00Z$/);
      for (const { name, number } of columns)
        if (number && line[name] !== '') expect(line[name]).toMatch(/^-?\d+\.\d+$/);
      expect(
        line.ChargePeriodStart! >= line.BillingPeriodStart! && line.ChargePeriodEnd! <= line.BillingPeriodEnd!,
      ).toBe(true);
      expect([line.ContractedCost, line.EffectiveCost, line.ListCost]).toEqual([
        line.BilledCost,
        line.BilledCost,
        line.BilledCost,
      ]);
      if (!correction)
        expect([line.PricingQuantity, line.ListUnitPrice, line.ContractedUnitPrice]).toEqual([
          '1.0',
          line.ListCost,
          line.ContractedCost,
        ]);
      expect(line.PricingCurrency).toBe(line.BillingCurrency);
    },
  );

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'protects a spreadsheet from running the text %j',
    (text) => {
      const [line] = parseCsv(
        focusCsv([usageCharged({ registryId: text, repository: text, tags: [text], scanId: text, priceRule: text })]),
      );
      for (const name of [
        'ResourceId',
        'x_AssayRegistryId',
        'ResourceName',
        'x_AssayRepository',
        'x_AssayTags',
        'x_AssayScanId',
        'SkuPriceId',
      ])
        expect(line![name]).toMatch(/^'/);
    },
  );

  it('keeps negative numbers as numbers', () => {
    expect(parseCsv(focusCsv([november[3]!]))[0]).toMatchObject({
      BilledCost: '-0.29',
      ChargeClass: 'Correction',
      x_AssayCorrectionOf: 'c0',
    });
  });

  it('quotes text with the delimiters of CSV', () => {
    const repository = 'a,"b"\nc';
    expect(parseCsv(focusCsv([usageCharged({ repository })]))[0]!.x_AssayRepository).toBe(repository);
  });

  it('has no two columns whose names differ only in case', () => {
    const names = readCsv(focusCsv([])).names.map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  it('has the old column names too in the profile for the official validator', () => {
    const [plain, old] = [readCsv(focusCsv(november)), readCsv(reshaped(focusCsv(november), 'focus-1.0'))];
    expect(old.names).toEqual([...plain.names, 'ChargeType', 'InvoiceIssuer', 'Provider', 'Publisher', 'ResourceID']);
    expect(old.lines).toEqual(
      plain.lines.map((line) => ({
        ...line,
        ChargeType: line.ChargeClass === 'Correction' ? 'Adjustment' : 'Usage',
        InvoiceIssuer: 'Assay',
        Provider: 'Assay',
        Publisher: 'Assay',
        ResourceID: line.ResourceId!,
      })),
    );
    expect(reshaped(focusCsv([]), 'focus-1.2')).toBe(focusCsv([]));
    expect(reshaped(focusCsv(november), 'focus-1.2')).toBe(golden);
  });

  it('identifies the image by an id below its registry', () => {
    const charge = usageCharged();
    expect(parseCsv(focusCsv([charge]))[0]).toMatchObject({
      ResourceId: `${charge.registryId}/repositories/${charge.repository}/images/${charge.digest}`,
      ResourceName: `${charge.repository}@${charge.digest}`,
      x_AssayRegistryId: charge.registryId,
      x_AssayChargedFor: charge.chargedFor,
    });
  });

  it('names the invoice issuer, the subscription and the owner', () => {
    const charge = usageCharged({ repository: 'team-a/shared/web' });
    const config = {
      ...noConfig,
      names: ImmutableMap([[charge.subscriptionId, 'Example']]),
      labels: ImmutableMap([[charge.registryId.toLowerCase(), { zone: 'eu', owner: 'nobody' }]]),
      owners: new Map([
        ['team-a', 'Team A'],
        ['team-a/shared', 'Platform'],
        ['team-a/shared/we', 'Other'],
      ]),
    };
    const [line] = parseCsv(
      focusCsv(
        [charge],
        namingBy(() => config, 'Example Ltd'),
      ),
    );
    expect(line).toMatchObject({
      InvoiceIssuerName: 'Example Ltd',
      SubAccountName: 'Example',
      BillingAccountName: 'Example',
      SubAccountId: charge.subscriptionId,
      Tags: '{"owner":"Platform","zone":"eu"}',
    });
    expect(parseCsv(new Lines(namingBy(() => noConfig, 'Assay')).csv([charge]))[0]).toMatchObject({
      SubAccountName: charge.subscriptionId,
      BillingAccountName: '',
      Tags: '',
    });
  });

  it('bills in the month of the charge, with the day of the assessment', () => {
    expect(
      parseCsv(focusCsv([usageCharged({ chargedFor: '2026-11-30T23:59:59.999Z', billedIn: '2026-12' })]))[0],
    ).toMatchObject({
      BillingPeriodStart: '2026-12-01T00:00:00Z',
      BillingPeriodEnd: '2027-01-01T00:00:00Z',
      ChargePeriodStart: '2026-11-30T00:00:00Z',
      ChargePeriodEnd: '2026-12-01T00:00:00Z',
    });
  });
});

describe('owners', () => {
  it('are read from JSON, and undefined if not set', () => {
    expect([ownersFrom(undefined), ownersFrom(' '), ownersFrom('{}'), ownersFrom('{"team-a/":"Team A"}')]).toEqual([
      undefined,
      undefined,
      {},
      { 'team-a': 'Team A' },
    ]);
  });

  it.each(['[', '[]', 'null', '{"":"a"}', '{"/":"a"}', '{"a":""}', '{"a":1}'])('reject %s', (text) => {
    expect(() => ownersFrom(text)).toThrow(/^ASSAY_OWNERS must be a JSON object/);
  });
});
