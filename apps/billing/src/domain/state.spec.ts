import { describe, expect, it } from 'vitest';
import { definitionOf, type UsageCharged } from '@assay/events';
import { entryOf, subscriptionKey, unpaid, withEntry, type Chargeable } from './state.ts';

describe('an entry by subscription', () => {
  it('the key of a subscription is its id in lower case', () => {
    expect(subscriptionKey({ subscriptionId: 'ABC-def' })).toBe('abc-def');
  });

  it('an entry is found under its key, and nothing under another', () => {
    expect([entryOf({ a: 1 }, 'a'), entryOf({ a: 1 }, 'b')]).toEqual([1, undefined]);
  });

  it.each(['constructor', 'toString', '__proto__'])('%s is no entry before it is put there, and then it is', (key) => {
    expect(entryOf({}, key)).toBeUndefined();
    expect(entryOf(withEntry({}, key, 1), key)).toBe(1);
  });

  it('an entry that is put there replaces the one before, and leaves the others', () => {
    expect(withEntry({ a: 1, b: 2 }, 'a', 3)).toEqual({ a: 3, b: 2 });
  });

  it('entries lie in the order of their keys, in whichever order they came', () => {
    const keys = (...order: string[]) =>
      Object.keys(order.reduce((items, key) => withEntry(items, key, 1), {} as Readonly<Record<string, number>>));
    expect(keys('c', 'a', 'b')).toEqual(['a', 'b', 'c']);
    expect(keys('b', 'c', 'a')).toEqual(['a', 'b', 'c']);
  });

  it('the entries before stay as they were', () => {
    const before = { a: 1 };
    withEntry(before, 'a', 2);
    withEntry(before, 'b', 2);
    expect(before).toEqual({ a: 1 });
  });
});

describe('what is unpaid', () => {
  const charge = definitionOf('usage.charged')!.examples[1] as unknown as UsageCharged;
  const { chargeId: _id, amount: _amount, currency: _currency, priceRule: _rule, ...assessment } = charge;
  const due = (subscriptionId: string): Chargeable => ({
    ...assessment,
    subscriptionId,
    cause: { id: 'e1', correlationid: 'push-1' },
  });
  const [a, b] = [due('a'), due('b')];
  const correction = { ...charge, chargeId: 'k1', amount: '-0.29', correctionOf: charge.chargeId };

  it('an assessment without a charge is unpaid', () => {
    expect(unpaid({ received: { a, b }, emitted: {} })).toEqual([a, b]);
  });

  it('an assessment with a charge is paid, also where a correction gave all of it back', () => {
    expect(unpaid({ received: { a, b }, emitted: { a: [charge] } })).toEqual([b]);
    expect(unpaid({ received: { a }, emitted: { a: [charge, correction] } })).toEqual([]);
    expect(unpaid({ received: { a }, emitted: { a: [correction, charge] } })).toEqual([]);
  });

  it('a correction alone is no charge', () => {
    expect(unpaid({ received: { a }, emitted: { a: [correction] } })).toEqual([a]);
    expect(unpaid({ received: { a }, emitted: { a: [] } })).toEqual([a]);
  });

  it('a charge without an assessment leaves nothing to pay', () => {
    expect(unpaid({ received: {}, emitted: { a: [charge] } })).toEqual([]);
  });

  it('a subscription by the name of constructor is unpaid until it has a charge of its own', () => {
    const named = due('constructor');
    expect(unpaid({ received: { constructor: named } as never, emitted: {} })).toEqual([named]);
    expect(unpaid({ received: { constructor: named } as never, emitted: { constructor: [charge] } as never })).toEqual(
      [],
    );
  });
});
