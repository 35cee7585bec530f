import { describe, expect, it } from 'vitest';
import { differences, expectedRows } from './judge.ts';
import { demoPushes } from './pushes.ts';
import type { ShownRow } from './rows.ts';

const row = (more: Partial<ShownRow['row']> = {}): ShownRow => ({
  fixable: 0,
  joined: false,
  finished: true,
  row: {
    reference: 'debian:13.8',
    subscription: 's',
    digest: 'd',
    index: null,
    status: 'healthy',
    reason: null,
    findings: 0,
    bySeverity: { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 },
    charge: { amount: '0.29', currency: 'USD' },
    pushToRecommendationMs: 1,
    scanMs: 1,
    traceId: 't',
    ...more,
  },
});
const expected = { status: 'healthy', findings: 0, charged: true } as const;

describe('a row of the demonstration', () => {
  it('as expected has no differences', () => expect(differences(expected, row())).toEqual([]));
  it('with differences names them', () => {
    expect(differences(expected, row({ status: 'undetermined', reason: 'overdue', charge: null }))).toEqual([
      'debian:13.8: status is undetermined instead of healthy',
      'debian:13.8: reason is overdue instead of null',
      'debian:13.8: charged is false instead of true',
    ]);
  });
  it('that is unfinished is never as expected', () =>
    expect(differences(expected, { ...row(), finished: false })).toHaveLength(1));
});

it('the demonstration has a row for each push and for each image of its index', () => {
  expect(expectedRows(demoPushes)).toHaveLength(demoPushes.length + 2);
});
