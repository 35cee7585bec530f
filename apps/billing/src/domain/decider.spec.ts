import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  derivedId,
  validated,
  type AnyEvent,
  type EventDefinition,
  type FindingClassified,
} from '@assay/events';
import { answers, charged, classified, live, rebuilt } from '../../test/fixtures.ts';
import { noConfig, type Config } from './config.ts';
import { billingProgram, priceRetryMs } from './decider.ts';
import { listPrices } from './prices.ts';
import { unpaid } from './state.ts';

const billing = billingProgram(listPrices);
const { digest, subscriptionId } = classified().data;

/** Given received and emitted events, returns the charges to emit. */
const given = (...received: AnyEvent[]) => ({
  charges: (emitted: readonly AnyEvent[] = []) =>
    answers(billing, rebuilt(billing, received, emitted)).map(({ data }) => data),
});

describe('billing', () => {
  it('charges an assessed image, with its evidence', () => {
    const { page: _page, pages: _pages, ...assessment } = classified().data;
    const { pushId, pushedAt, receivedAt, tags, listedIn, verdict, scanId, registryId, loginServer, repository } =
      assessment;
    expect(given(classified()).charges()).toEqual([
      {
        subscriptionId,
        registryId,
        loginServer,
        repository,
        digest,
        pushId,
        pushedAt,
        receivedAt,
        tags,
        listedIn,
        verdict,
        scanId,
        chargeId: derivedId('charge', subscriptionId, digest),
        amount: '0.29',
        currency: 'USD',
        priceRule: 'list@2020-01-01',
        chargedFor: '2026-11-24T09:15:02.600Z',
      },
    ]);
  });

  it('emits what the contract of usage.charged requires', () => {
    expect(() =>
      validated(definitionOf('usage.charged') as EventDefinition, given(classified()).charges()[0]),
    ).not.toThrow();
  });

  it('continues the trace of the assessment, even if it decides later', () => {
    const state = rebuilt(
      billing,
      [
        classified(
          {},
          { id: 'e7', correlationid: 'push-7', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
        ),
      ],
      [],
    );
    expect(answers(billing, state)[0]).toMatchObject({
      topic: 'usage.charged',
      cause: {
        id: 'e7',
        correlationid: 'push-7',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    });
  });

  it.each(['healthy', 'unhealthy'] as const)('charges an image that is %s', (status) => {
    expect(given(classified({ status })).charges()).toHaveLength(1);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['an image that could not be assessed', { status: 'undetermined', reason: 'timed-out' }],
    ['an image that assessment does not apply to', { status: 'not-applicable', reason: 'no-shell' }],
    ['a page that is not the last', { page: 1, pages: 2 }],
  ])('never charges for %s', (_, data) => {
    expect(given(classified(data)).charges()).toEqual([]);
  });

  it.each(['scan', 'rescan', 'rule', 'recall'] as const)(
    'charges the first assessment after a %s too, on its day',
    (cause) => {
      const unassessed = [
        classified({ status: 'not-applicable', reason: 'operating-system-not-supported', scanId: 's0' }),
        classified({ status: 'undetermined', reason: 'operating-system-end-of-life', scanId: 's0' }, { id: 'e0' }),
      ];
      const first = classified({ cause, scanId: 's1' }, { id: 'e1', time: '2026-12-02T00:00:00.000Z' });
      expect(given(...unassessed, first).charges()).toMatchObject([
        { scanId: 's1', chargedFor: '2026-12-02T00:00:00.000Z' },
      ]);
    },
  );

  it.each(['rescan', 'rule', 'recall'] as const)('charges nothing again for a %s of a charged image', (cause) => {
    const [charge] = given(classified({ scanId: 's1' })).charges();
    expect(
      given(classified({ scanId: 's1' }), classified({ cause, scanId: 's2', status: 'healthy' }, { id: 'e2' })).charges(
        [charged(charge!)],
      ),
    ).toEqual([]);
  });

  it('charges images with a price, and retries the others later', () => {
    const prices = [{ id: 'new', from: '2026-12-01', amount: '0.35', currency: 'USD' }];
    const state = rebuilt(
      billingProgram(prices),
      [classified(), classified({ subscriptionId: 'other' }, { id: 'e2', time: '2026-12-02T00:00:00.000Z' })],
      [],
    );
    const { events, wakeAt } = billingProgram(prices).decide(state, {
      key: digest,
      config: noConfig,
      now: 1000,
      jobs: [],
      marks: {},
    });
    expect(events.map(({ data }) => data)).toMatchObject([{ subscriptionId: 'other', amount: '0.35' }]);
    expect(wakeAt).toBe(1000 + priceRetryMs);
    expect(unpaid(state).map((one) => one.subscriptionId)).toEqual([subscriptionId, 'other']);
    const priced = billing.decide(state, { key: digest, config: noConfig, now: 1000, jobs: [], marks: {} });
    expect([priced.events.length, priced.wakeAt]).toEqual([2, undefined]);
  });

  it('charges for a set of pages once, at its last page', () => {
    expect(
      given(classified({ page: 1, pages: 2 }), classified({ page: 2, pages: 2 }, { id: 'e2' })).charges(),
    ).toMatchObject([{ chargedFor: '2026-11-24T09:15:02.600Z' }]);
  });

  it('charges for the first assessment, not for later ones', () => {
    const later = classified(
      { scanId: 's2', verdict: 9, status: 'healthy' },
      { id: 'e2', time: '2027-01-01T00:00:00.000Z' },
    );
    expect(given(classified({ status: 'undetermined' }), classified({ scanId: 's1' }), later).charges()).toMatchObject([
      { scanId: 's1', chargedFor: '2026-11-24T09:15:02.600Z' },
    ]);
  });

  it('charges each subscription once, for all placements of an image', () => {
    const elsewhere = classified({ repository: 'team/copy', registryId: '/subscriptions/x/other' }, { id: 'e2' });
    const other = classified({ subscriptionId: 'another' }, { id: 'e3' });
    expect(
      given(classified(), elsewhere, other)
        .charges()
        .map((charge) => [charge.subscriptionId, charge.repository]),
    ).toEqual([
      [subscriptionId, 'team/hello'],
      ['another', 'team/hello'],
    ]);
  });

  it('compares subscription ids in any case', () => {
    const [upper, lower] = ['ABC', 'abc'].map((id) => given(classified({ subscriptionId: id })).charges()[0]!);
    expect(upper!.chargeId).toBe(lower!.chargeId);
    expect(
      given(classified({ subscriptionId: 'abc' }), classified({ subscriptionId: 'ABC' }, { id: 'e2' })).charges(),
    ).toHaveLength(1);
    expect(given(classified({ subscriptionId: 'abc' })).charges([charged(upper!)])).toEqual([]);
  });

  it.each(['constructor', '__proto__', 'toString'])('charges a subscription that is called %s', (name) => {
    const [charge] = given(classified({ subscriptionId: name })).charges();
    expect(charge).toMatchObject({ subscriptionId: name });
    expect(given(classified({ subscriptionId: name })).charges([charged(charge!)])).toEqual([]);
  });

  it('emits nothing about a charged image, at any price and under any id', () => {
    const [charge] = given(classified()).charges();
    expect(
      given(classified()).charges([
        charged({ ...charge!, chargeId: 'another', amount: '9.99', priceRule: 'old@2019-01-01' }),
      ]),
    ).toEqual([]);
  });

  it('keeps the first of several equal charges', () => {
    const [charge] = given(classified()).charges();
    const { emitted } = rebuilt(billing, [], [charged(charge!), charged({ ...charge!, amount: '9.99' }, { id: 'u2' })]);
    expect(emitted).toEqual({ [subscriptionId]: [charge] });
  });

  it('does not count a correction as a charge', () => {
    const [charge] = given(classified()).charges();
    expect(
      given(classified()).charges([charged({ ...charge!, chargeId: 'c2', amount: '-0.29', correctionOf: 'c1' })]),
    ).toHaveLength(1);
  });

  it('charges the price of the day of the assessment', () => {
    const prices = [...listPrices, { id: 'list', from: '2026-12-01', amount: '0.35', currency: 'EUR' }];
    const on = (time: string) => live(billingProgram(prices), [classified({}, { time })]).emitted[0]!.data;
    expect(on('2026-11-30T23:59:59.999Z')).toMatchObject({
      amount: '0.29',
      currency: 'USD',
      priceRule: 'list@2020-01-01',
    });
    expect(on('2026-12-01T00:00:00.000Z')).toMatchObject({
      amount: '0.35',
      currency: 'EUR',
      priceRule: 'list@2026-12-01',
    });
  });

  it('reads the time of the assessment as UTC, in any time zone', () => {
    expect(given(classified({}, { time: '2026-11-30T23:30:00-02:00' })).charges()).toMatchObject([
      { chargedFor: '2026-12-01T01:30:00.000Z' },
    ]);
  });

  it('refuses an assessment without a time instead of guessing a period', () => {
    expect(() => billing.evolveReceived({}, classified({}, { time: 'soon' }))).toThrow(RangeError);
  });

  describe('with config', () => {
    const event = (topic: AnyEvent['topic'], data: object, id = topic): AnyEvent => ({
      topic,
      id,
      source: '/assay/billing',
      subject: 's',
      time: '2026-12-02T10:00:00.000Z',
      correlationid: id,
      data,
    });
    const period = (name: string, state: 'closing' | 'closed') =>
      event('period.changed', { period: name, state, by: 'ana', why: 'month end' });
    const following = (...events: AnyEvent[]): Config =>
      events.reduce((config, each, offset) => billing.evolveConfig(config, each, offset), noConfig);
    const [charge] = given(classified()).charges();
    const corrects = (amount: string, correctionId: string, chargeId = charge!.chargeId) =>
      event(
        'charge.corrected',
        {
          chargeId,
          correctionId,
          subscriptionId: subscriptionId.toUpperCase(),
          digest,
          amount,
          by: 'ana',
          why: 'pushed by a test',
        },
        correctionId as never,
      );
    const state = (...emitted: AnyEvent[]) => rebuilt(billing, [classified()], emitted);

    it.each<[string, string | undefined, readonly AnyEvent[]]>([
      ['its own month where that is open', undefined, [period('2026-10', 'closed'), period('2026-12', 'closed')]],
      ['the next month as soon as its own is being closed', '2026-12', [period('2026-11', 'closing')]],
      [
        'the next open month',
        '2027-01',
        [period('2026-11', 'closing'), period('2026-11', 'closed'), period('2026-12', 'closing')],
      ],
    ])('charges on the bill of %s, with the day of the assessment', (_, billedIn, events) => {
      const [draft] = answers(billing, state(), following(...events));
      expect([draft!.data.billedIn, draft!.data.chargedFor]).toEqual([billedIn, '2026-11-24T09:15:02.600Z']);
    });

    it('corrects a charge once, in the open period, with author and reason', () => {
      const config = following(period('2026-11', 'closing'), corrects('-0.09', 'k1'), corrects('-0.09', 'k1'));
      const drafts = answers(billing, state(charged(charge!)), config);
      expect(drafts.map(({ data }) => data)).toEqual([
        {
          ...charge,
          chargeId: 'k1',
          amount: '-0.09',
          correctionOf: charge!.chargeId,
          by: 'ana',
          why: 'pushed by a test',
          billedIn: '2026-12',
        },
      ]);
      expect(drafts[0]!.cause.id).toBe('k1');
      expect(() => validated(definitionOf('usage.charged') as EventDefinition, drafts[0]!.data)).not.toThrow();
      expect(answers(billing, state(charged(charge!), charged(drafts[0]!.data)), config)).toEqual([]);
      expect(
        answers(
          billing,
          state(charged(charge!), charged(drafts[0]!.data)),
          following(period('2026-11', 'closing'), corrects('-0.09', 'k1'), corrects('0.10', 'k2')),
        ).map(({ data }) => data.amount),
      ).toEqual(['0.10']);
    });

    it('gives back no more than is left, in the order of the corrections', () => {
      const amounts = (...events: AnyEvent[]) =>
        answers(billing, state(charged(charge!)), following(...events)).map(({ data }) => data.amount);
      expect(amounts(corrects('-0.20', 'k1'), corrects('-0.20', 'k2'), corrects('-0.09', 'k3'))).toEqual([
        '-0.20',
        '-0.09',
      ]);
      expect(amounts(corrects('-0.29', 'k1'), corrects('-0.29', 'k2'))).toEqual(['-0.29']);
      expect(amounts(corrects('-0.29', 'k1', 'another'))).toEqual([]);
    });

    it('never corrects a correction', () => {
      const credit = { ...charge!, chargeId: 'k1', amount: '0.09', correctionOf: charge!.chargeId };
      const emitted = state(charged(charge!), charged(credit, { id: 'u2' }));
      expect(answers(billing, emitted, following(corrects('-0.09', 'k2', 'k1')))).toEqual([]);
    });

    it('keeps a closed period with its first file, and evaluates keys only if charges may change', () => {
      const file = (sha: string) => ({ dataref: 'd', sha256: sha, bytes: 1, charges: 1, totals: [] });
      const closed = (sha: string) =>
        event('period.changed', { period: '2026-11', state: 'closed', by: 'ana', why: 'x', file: file(sha) });
      expect(
        following(
          period('2026-11', 'closing'),
          closed('first'),
          closed('second'),
          period('2026-11', 'closing'),
        ).periods.get('2026-11'),
      ).toMatchObject({ state: 'closed', file: { sha256: 'first' } });
      expect(
        [period('2026-11', 'closing'), closed('x'), corrects('1', 'k'), event('owners.changed', { owners: {} })].map(
          (one) => billing.matters!(one),
        ),
      ).toEqual([true, false, true, false]);
    });
  });
});
