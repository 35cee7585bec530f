import { describe, expect, it } from 'vitest';
import { definitionOf, type EventFor, type FindingClassified, type UsageCharged } from '@assay/events';
import { charged, classified } from '../../test/fixtures.ts';
import { evolveEmitted, evolveReceived } from './folds.ts';
import type { Emitted, Received } from './state.ts';

const received = (...events: EventFor<'billing'>[]): Received => events.reduce(evolveReceived, {});
const emitted = (...events: EventFor<'billing', 'produces'>[]): Emitted => events.reduce(evolveEmitted, {});
const { subscriptionId, registryId, loginServer, repository, digest } = classified().data;

describe('what billing receives', () => {
  it('an assessment is kept with its place, its push, its day and its cause', () => {
    const { pushId, pushedAt, receivedAt, tags, listedIn, verdict, scanId } = classified().data;
    expect(received(classified({}, { id: 'e7', traceparent: 'tp' }))).toEqual({
      [subscriptionId]: {
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
        chargedFor: '2026-11-24T09:15:02.600Z',
        cause: { id: 'e7', correlationid: 'push-1', traceparent: 'tp' },
      },
    });
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['an image that could not be assessed', { status: 'undetermined', reason: 'timed-out' }],
    ['an image that assessment does not apply to', { status: 'not-applicable', reason: 'no-shell' }],
    ['the first of two pages', { page: 1, pages: 2 }],
    ['the second of three pages', { page: 2, pages: 3 }],
  ])('%s is not kept', (_, data) => {
    expect(received(classified(data))).toEqual({});
    expect(received(classified({ scanId: 'before' }), classified(data))).toEqual(
      received(classified({ scanId: 'before' })),
    );
  });

  it('the last page of a set is kept, also where no other page arrives', () => {
    const last = classified({ page: 2, pages: 2 });
    expect(received(last)).toEqual(received(classified()));
    expect(received(classified({ page: 1, pages: 2 }, { id: 'e0' }), last)).toEqual(received(classified()));
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['a repeated assessment', {}],
    ['an assessment of a later verdict', { verdict: 9, scanId: 's9' }],
    ['an assessment of another status', { status: 'healthy', cause: 'rescan' }],
    ['an assessment at another place of it', { repository: 'team/copy', registryId: '/subscriptions/x/other' }],
    ['an assessment of its id in another case', { subscriptionId: 'ABC' }],
  ])('%s leaves the first assessment of a subscription as it is', (_, data) => {
    const first = classified({ subscriptionId: 'abc' });
    const later = classified({ subscriptionId: 'abc', ...data }, { id: 'e2', time: '2027-01-01T00:00:00.000Z' });
    expect(received(first, later)).toEqual(received(first));
  });

  it('an image that is assessed after all is kept by that assessment', () => {
    const unassessed = classified({ status: 'undetermined', reason: 'timed-out', scanId: 's1' });
    const assessed = classified({ scanId: 's2' }, { id: 'e2', time: '2026-12-02T00:00:00.000Z' });
    expect(received(unassessed, assessed)).toEqual(received(assessed));
  });

  it('an image whose database was too old is kept by the reassessment with one that is not', () => {
    const tooOld = classified({ status: 'undetermined', reason: 'advisories-too-old' });
    const { layers: _layers, ...head } = classified().data;
    const reassessed: FindingClassified = {
      ...head,
      status: 'healthy',
      classification: 2,
      result: 2,
      content: 'change',
      base: { id: tooOld.id, verdict: 1, classification: 1 },
      findings: [],
    };
    const later = { ...tooOld, id: 'e2', time: '2026-12-02T00:00:00.000Z', data: reassessed };
    expect(received(tooOld)).toEqual({});
    expect(Object.values(received(tooOld, later)).map(({ chargedFor, cause }) => [chargedFor, cause.id])).toEqual([
      ['2026-12-02T00:00:00.000Z', 'e2'],
    ]);
    expect(received(classified(), later)).toEqual(received(classified()));
  });

  it('each subscription has an assessment of its own, in the same bytes for any order', () => {
    const [one, other] = [classified({ subscriptionId: 'B' }), classified({ subscriptionId: 'a' }, { id: 'e2' })];
    expect(Object.entries(received(one, other)).map(([key, { subscriptionId: id }]) => [key, id])).toEqual([
      ['a', 'a'],
      ['b', 'B'],
    ]);
    expect(JSON.stringify(received(one, other))).toBe(JSON.stringify(received(other, one)));
  });

  it.each(['constructor', '__proto__', 'toString'])(
    'a subscription by the name of %s is one like any other',
    (name) => {
      const state = received(classified({ subscriptionId: name, scanId: 's1' }));
      expect(Object.entries(state).map(([key, { scanId }]) => [key, scanId])).toEqual([[name.toLowerCase(), 's1']]);
    },
  );

  it('the time of an assessment is kept as UTC, in any zone that it is written in', () => {
    const state = received(classified({}, { time: '2026-11-30T23:30:00-02:00' }));
    expect(state[subscriptionId]!.chargedFor).toBe('2026-12-01T01:30:00.000Z');
  });

  it('an assessment without a time is refused instead of put into a period', () => {
    expect(() => received(classified({}, { time: 'soon' }))).toThrow(RangeError);
  });

  it('an assessment without a time that is no use to billing is passed over', () => {
    expect(received(classified({ status: 'undetermined' }, { time: 'soon' }))).toEqual({});
  });

  it('the state before an assessment stays as it was', () => {
    const before = received(classified({ subscriptionId: 'a' }));
    evolveReceived(before, classified({ subscriptionId: 'b' }));
    expect(before).toEqual(received(classified({ subscriptionId: 'a' })));
  });
});

describe('what billing emits', () => {
  const charge = { ...(definitionOf('usage.charged')!.examples[1] as unknown as UsageCharged), chargeId: 'c1' };
  const correction = { ...charge, chargeId: 'k1', amount: '-0.09', correctionOf: 'c1' };

  it('a charge and its corrections lie in the order in which they were emitted', () => {
    expect(emitted(charged(charge), charged(correction))).toEqual({ [subscriptionId]: [charge, correction] });
    expect(emitted(charged(correction), charged(charge))).toEqual({ [subscriptionId]: [correction, charge] });
  });

  it('a repeated charge is kept once, as it was the first time', () => {
    const again = charged({ ...charge, amount: '9.99' }, { id: 'u2' });
    expect(emitted(charged(charge), again)).toEqual({ [subscriptionId]: [charge] });
    expect(emitted(charged(charge), charged(correction), again)).toEqual({ [subscriptionId]: [charge, correction] });
  });

  it('a subscription in another case is the same one', () => {
    const upper = { ...correction, subscriptionId: 'ABC' };
    const lower = { ...charge, subscriptionId: 'abc' };
    expect(emitted(charged(lower), charged(upper))).toEqual({ abc: [lower, upper] });
  });

  it('a charge of one subscription leaves those of another as they were', () => {
    const other = { ...charge, subscriptionId: 'other' };
    expect(emitted(charged(other), charged(charge))).toEqual({ [subscriptionId]: [charge], other: [other] });
  });

  it('the same charge id of two subscriptions is two charges', () => {
    const other = { ...charge, subscriptionId: 'other' };
    expect(Object.values(emitted(charged(charge), charged(other))).flat()).toHaveLength(2);
  });

  it('a subscription by the name of __proto__ has a list of its own', () => {
    const named = { ...charge, subscriptionId: '__proto__' };
    expect(Object.entries(emitted(charged(named), charged(named)))).toEqual([['__proto__', [named]]]);
  });
});
