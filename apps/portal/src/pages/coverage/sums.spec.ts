import { describe, expect, it } from 'vitest';
import type { components } from '../../api/generated/schema.ts';
import { sumsIn, sumsOf } from './sums.ts';

type Row = components['schemas']['CoverageRow'];

const row = (registry: string, over: Partial<Row> = {}): Row => ({
  day: '2026-11-25',
  registryId: `/subscriptions/${registry}/resourceGroups/local/providers/Microsoft.ContainerRegistry/registries/r`,
  registry: `${registry}.azurecr.io`,
  pushed: 3,
  assessed: 2,
  notApplicable: 0,
  undetermined: 1,
  onItsWay: 0,
  missing: 0,
  balances: true,
  learned: { webhook: 2, eventGrid: 0, sweep: 1, index: 0, command: 0, unknown: 0 },
  reasons: [{ outcome: 'undetermined', status: 'undetermined', reason: 'timed-out', count: 1 }],
  inTime: 2,
  late: 1,
  ...over,
});

describe('sums of the ledger', () => {
  it('are those of the lines, reason by reason', () => {
    expect(sumsOf([row('a'), row('b')])).toMatchObject({
      pushed: 6,
      assessed: 4,
      undetermined: 2,
      balances: true,
      learned: { webhook: 4, sweep: 2 },
      reasons: [{ reason: 'timed-out', count: 2 }],
      inTime: 4,
      late: 2,
    });
  });

  it('balance only if each line does', () => {
    expect(sumsOf([row('a'), row('b', { balances: false })]).balances).toBe(false);
  });

  it('are of one subscription only where that is chosen', () => {
    const answer = { value: [row('a'), row('b')], total: sumsOf([row('a'), row('b')]) };
    expect(sumsIn(answer, '').pushed).toBe(6);
    expect(sumsIn(answer, 'B').pushed).toBe(3);
    expect(sumsIn(answer, 'c').pushed).toBe(0);
  });
});
