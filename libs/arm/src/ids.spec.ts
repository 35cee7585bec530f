import { describe, expect, it } from 'vitest';
import {
  contains,
  formatScope,
  isSubscriptionId,
  parseRegistryId,
  parseScope,
  planNamed,
  pricingOf,
  sameId,
  armTime,
} from './index.ts';

const subscription = '/subscriptions/0000000A-0000-0000-0000-000000000001';
const registry = `${subscription}/resourceGroups/rg1/providers/Microsoft.ContainerRegistry/registries/myreg`;

describe('resource ids', () => {
  it.each([
    subscription,
    `${subscription}/resourceGroups/RG1`,
    registry,
    '/providers/Microsoft.Management/managementGroups/mg',
    `${subscription}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm`,
  ])('reads and writes %s', (id) => {
    expect(sameId(formatScope(parseScope(id)!), id)).toBe(true);
  });

  it('writes the canonical casing for any casing it read', () => {
    expect(formatScope(parseRegistryId(registry.toUpperCase().slice(1))!)).toBe(
      '/subscriptions/0000000a-0000-0000-0000-000000000001/resourceGroups/RG1' +
        '/providers/Microsoft.ContainerRegistry/registries/MYREG',
    );
  });

  it.each(['', '/', '/subscriptions', '/subscriptions/a/b', `${registry}/providers`])(
    'does not take %s for a scope',
    (text) => {
      expect(parseScope(text)).toBeUndefined();
    },
  );

  it('compares scopes for containment', () => {
    const inner = parseScope(registry)!;
    expect(contains(parseScope(subscription.toLowerCase())!, inner)).toBe(true);
    expect(contains(parseScope(`${subscription}/resourceGroups/rg`)!, inner)).toBe(false);
    expect(contains(parseScope('/subscriptions/0000000A-0000-0000-0000-00000000000')!, inner)).toBe(false);
  });

  it('accepts only a GUID as a subscription id', () => {
    expect([isSubscriptionId('0000000A-0000-0000-0000-000000000001'), isSubscriptionId('not-a-guid')]).toEqual([
      true,
      false,
    ]);
  });
});

describe('pricings', () => {
  it('names a plan however it is written', () =>
    expect([planNamed('containerregistry'), planNamed('Nothing')]).toEqual(['ContainerRegistry', undefined]));
  it('marks the plan of 2020 as replaced', () => {
    expect(pricingOf('s', 'ContainerRegistry', 'Standard').properties).toEqual({
      pricingTier: 'Standard',
      freeTrialRemainingTime: 'PT0S',
      deprecated: true,
      replacedBy: ['Containers'],
    });
  });
});

describe('times', () => {
  it('have seven fractional digits', () => {
    expect([
      armTime('2026-11-24T09:15:02.6Z'),
      armTime('2026-11-24T09:15:02Z'),
      armTime('2026-11-24T09:15:02.123456789Z'),
    ]).toEqual(['2026-11-24T09:15:02.6000000Z', '2026-11-24T09:15:02.0000000Z', '2026-11-24T09:15:02.1234567Z']);
  });
});
