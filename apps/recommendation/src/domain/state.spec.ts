import { describe, expect, it } from 'vitest';
import { noFindings } from '@assay/events';
import { dataOf } from '../../../../libs/read-model/test/fixtures.ts';
import { placementIn, type CountingAnswer, type ReceivedPlacement } from './state.ts';

const outcome: CountingAnswer = {
  judged: dataOf('finding.classified'),
  classification: 1,
  status: 'healthy',
  bySeverity: noFindings(),
  fixable: 0,
  exempt: 0,
  at: '2026-11-24T09:15:02.600Z',
  cause: { id: 'e1', correlationid: 'push-1' },
  entries: [],
};

describe('a placement in what recommendation received', () => {
  it('a placement of which nothing is known is empty', () => {
    expect(placementIn({}, 'place')).toEqual({});
    expect(placementIn({ place: { outcome } }, 'other')).toEqual({});
  });

  it.each<[string, ReceivedPlacement]>([
    ['with an outcome', { outcome }],
    ['with what counted before', { outcome, before: { verdict: 0, classification: 1 } }],
    ['with pages alone', { unfinished: { pages: [] } }],
    ['with nothing in it', {}],
  ])('a placement %s is as it was stored', (_, placement) => {
    expect(placementIn({ place: placement }, 'place')).toEqual(placement);
  });
});
