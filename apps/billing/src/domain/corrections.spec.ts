import { describe, expect, it } from 'vitest';
import { definitionOf, type UsageCharged } from '@assay/events';
import type { Correction } from './config.ts';
import { countedOf, restOf } from './corrections.ts';

const charge = definitionOf('usage.charged')!.examples[1] as unknown as UsageCharged;
const correction = (correctionId: string, amount: string, chargeId = charge.chargeId): Correction => ({
  chargeId,
  correctionId,
  amount,
  by: 'ana',
  why: 'a test',
  subscription: charge.subscriptionId,
  cause: { id: correctionId, correlationid: correctionId },
});
/** Ids of the corrections that count of a charge of 0.29. */
const counted = (...corrections: Correction[]): string[] =>
  countedOf({ ...charge, amount: '0.29' }, corrections).map(({ correctionId }) => correctionId);

describe('the rest of a charge', () => {
  it.each<[string, readonly string[], string]>([
    ['no amounts', [], '0'],
    ['one amount', ['0.29'], '0.29'],
    ['amounts that no float adds up exactly', ['0.1', '0.2'], '0.3'],
    ['a charge and what was given back', ['0.29', '-0.09', '-0.20'], '0'],
    ['more given back than charged', ['0.29', '-0.30'], '-0.01'],
  ])('%s, %j, add up to exactly %s', (_, amounts, rest) => {
    expect(restOf(amounts).toString()).toBe(rest);
  });
});

describe('the corrections that count', () => {
  it('a charge without corrections has none', () => {
    expect(counted()).toEqual([]);
  });

  it('a correction counts as it was made', () => {
    const made = correction('k1', '-0.09');
    expect(countedOf(charge, [made])).toEqual([made]);
  });

  it('a correction of another charge does not count', () => {
    expect(counted(correction('k1', '-0.09', 'another'), correction('k2', '-0.09'))).toEqual(['k2']);
  });

  it('a correction that gives back all that is left counts', () => {
    expect(counted(correction('k1', '-0.29'))).toEqual(['k1']);
    expect(counted(correction('k1', '-0.20'), correction('k2', '-0.09'))).toEqual(['k1', 'k2']);
  });

  it('a correction that gives back a cent more than is left does not count', () => {
    expect(counted(correction('k1', '-0.30'))).toEqual([]);
    expect(counted(correction('k1', '-0.20'), correction('k2', '-0.10'))).toEqual(['k1']);
  });

  it('a correction that does not count takes nothing from one after it', () => {
    expect(counted(correction('k1', '-0.20'), correction('k2', '-0.20'), correction('k3', '-0.09'))).toEqual([
      'k1',
      'k3',
    ]);
  });

  it('a correction of another charge takes nothing from what is left', () => {
    expect(counted(correction('k1', '-0.29', 'another'), correction('k2', '-0.29'))).toEqual(['k2']);
  });

  it('an addition makes room for what is given back after it, not before it', () => {
    expect(counted(correction('k1', '0.10'), correction('k2', '-0.39'))).toEqual(['k1', 'k2']);
    expect(counted(correction('k2', '-0.39'), correction('k1', '0.10'))).toEqual(['k1']);
  });
});
