import { describe, expect, it } from 'vitest';
import { definitionOf, derivedId, validated, type AnyEvent, type EventDefinition, type FindingClassified } from '@assay/events';
import { billingProgram } from './decide.ts';
import { answers, charged, classified, live, rebuilt } from './example.ts';
import { listPrices } from './prices.ts';

const billing = billingProgram(listPrices);
const { digest, subscriptionId } = classified().data;

/** given what was heard, and said before; then what is asked for. */
const given = (...heard: AnyEvent[]) => ({
  charges: (said: readonly AnyEvent[] = []) => answers(billing, rebuilt(billing, heard, said)).map(({ data }) => data),
});

describe('billing', () => {
  it('charges an image that was assessed, with everything that proves it', () => {
    const { page: _page, pages: _pages, ...assessment } = classified().data;
    const { pushId, pushedAt, receivedAt, tags, listedIn, verdict, scanId, registryId, loginServer, repository } = assessment;
    expect(given(classified()).charges()).toEqual([{
      subscriptionId, registryId, loginServer, repository, digest, pushId, pushedAt, receivedAt, tags, listedIn, verdict, scanId,
      chargeId: derivedId('charge', subscriptionId, digest), amount: '0.29', currency: 'USD', priceRule: 'list@2020-01-01', chargedFor: '2026-11-24T09:15:02.600Z',
    }]);
  });

  it('says what the contract of usage.charged asks for', () => {
    expect(() => validated(definitionOf('usage.charged') as EventDefinition, given(classified()).charges()[0])).not.toThrow();
  });

  it('continues the trace of the assessment, however much later it decides', () => {
    const state = rebuilt(billing, [classified({}, { id: 'e7', correlationid: 'push-7', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })], []);
    expect(answers(billing, state)[0]).toMatchObject({ topic: 'usage.charged',
      cause: { id: 'e7', correlationid: 'push-7', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } });
  });

  it.each(['healthy', 'unhealthy'] as const)('charges an image that is %s', (status) => {
    expect(given(classified({ status })).charges()).toHaveLength(1);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['an image that could not be assessed', { status: 'undetermined', reason: 'timed-out' }],
    ['an image that assessment does not apply to', { status: 'not-applicable', reason: 'no-shell' }],
    ['a rescan', { cause: 'rescan' }],
    ['a rule that changed the outcome', { cause: 'rule' }],
    ['a recall', { cause: 'recall' }],
    ['a page that is not the last', { page: 1, pages: 2 }],
  ])('never charges for %s', (_, data) => {
    expect(given(classified(data)).charges()).toEqual([]);
  });

  it('charges for a set of pages once, at its last page', () => {
    expect(given(classified({ page: 1, pages: 2 }), classified({ page: 2, pages: 2 }, { id: 'e2' })).charges()).toMatchObject([{ chargedFor: '2026-11-24T09:15:02.600Z' }]);
  });

  it('charges for the first assessment, whatever comes later', () => {
    const later = classified({ scanId: 's2', verdict: 9, status: 'healthy' }, { id: 'e2', time: '2027-01-01T00:00:00.000Z' });
    expect(given(classified({ status: 'undetermined' }), classified({ scanId: 's1' }), later).charges()).toMatchObject([{ scanId: 's1', chargedFor: '2026-11-24T09:15:02.600Z' }]);
  });

  it('charges each subscription for itself, and one subscription once for all places where an image lies', () => {
    const elsewhere = classified({ repository: 'team/copy', registryId: '/subscriptions/x/other' }, { id: 'e2' });
    const other = classified({ subscriptionId: 'another' }, { id: 'e3' });
    expect(given(classified(), elsewhere, other).charges().map((charge) => [charge.subscriptionId, charge.repository]))
      .toEqual([[subscriptionId, 'team/hello'], ['another', 'team/hello']]);
  });

  it('takes a subscription for the same in whatever case its id is written', () => {
    const [upper, lower] = ['ABC', 'abc'].map((id) => given(classified({ subscriptionId: id })).charges()[0]!);
    expect(upper!.chargeId).toBe(lower!.chargeId);
    expect(given(classified({ subscriptionId: 'abc' }), classified({ subscriptionId: 'ABC' }, { id: 'e2' })).charges()).toHaveLength(1);
    expect(given(classified({ subscriptionId: 'abc' })).charges([charged(upper!)])).toEqual([]);
  });

  it.each(['constructor', '__proto__', 'toString'])('charges a subscription that is called %s', (name) => {
    const [charge] = given(classified({ subscriptionId: name })).charges();
    expect(charge).toMatchObject({ subscriptionId: name });
    expect(given(classified({ subscriptionId: name })).charges([charged(charge!)])).toEqual([]);
  });

  it('says nothing about what is charged, whatever it cost and under whatever id', () => {
    const [charge] = given(classified()).charges();
    expect(given(classified()).charges([charged({ ...charge!, chargeId: 'another', amount: '9.99', priceRule: 'old@2019-01-01' })])).toEqual([]);
  });

  it('remembers a charge once, and the first one, however often it is said', () => {
    const [charge] = given(classified()).charges();
    const { said } = rebuilt(billing, [], [charged(charge!), charged({ ...charge!, amount: '9.99' }, { id: 'u2' })]);
    expect(said).toEqual({ [subscriptionId]: [charge] });
  });

  it('does not take a correction for a charge', () => {
    const [charge] = given(classified()).charges();
    expect(given(classified()).charges([charged({ ...charge!, chargeId: 'c2', amount: '-0.29', correctionOf: 'c1' })])).toHaveLength(1);
  });

  it('charges the price of the day of the assessment, not of the day on which it decides', () => {
    const prices = [...listPrices, { id: 'list', from: '2026-12-01', amount: '0.35', currency: 'EUR' }];
    const on = (time: string) => live(billingProgram(prices), [classified({}, { time })]).said[0]!.data;
    expect(on('2026-11-30T23:59:59.999Z')).toMatchObject({ amount: '0.29', currency: 'USD', priceRule: 'list@2020-01-01' });
    expect(on('2026-12-01T00:00:00.000Z')).toMatchObject({ amount: '0.35', currency: 'EUR', priceRule: 'list@2026-12-01' });
  });

  it('reads the time of the assessment as UTC, whatever zone it is written in', () => {
    expect(given(classified({}, { time: '2026-11-30T23:30:00-02:00' })).charges()).toMatchObject([{ chargedFor: '2026-12-01T01:30:00.000Z' }]);
  });

  it('refuses an assessment without a time instead of guessing a period', () => {
    expect(() => billing.hear({}, classified({}, { time: 'soon' }))).toThrow(RangeError);
  });
});
