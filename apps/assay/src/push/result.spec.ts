import { describe, expect, it } from 'vitest';
import type { PlacementAnswer, TimelineEvent } from '../client/answers.ts';
import { isJoined, traceOf, type PushOutcome } from './awaiting.ts';
import { pushResult } from './result.ts';
import { waitingAmong } from './uncharged.ts';

const placement = (more: Partial<PlacementAnswer> = {}): PlacementAnswer => ({
  subscriptionId: 's',
  registryId: 'r',
  loginServer: 'l',
  repository: 'web',
  digest: 'sha256:d',
  tags: ['1'],
  listedIn: [],
  status: 'unhealthy',
  pushId: 'second',
  receivedAt: '2026-11-24T09:59:59.900Z',
  traceId: 'first-trace',
  scanMs: 300,
  verdict: { verdict: 1, approved: true },
  times: { judged: '2026-11-24T10:00:00.000Z', started: '2026-11-24T10:00:00.010Z' },
  charge: { amount: '0.29', currency: 'USD', chargedFor: '', priceRule: '', repository: 'web' },
  ...more,
});
const event = (topic: string, pushId: string): TimelineEvent => ({
  topic,
  id: topic,
  time: '',
  afterMs: 0,
  summary: '',
  pushId,
  traceId: `${pushId}-trace`,
  depth: 0,
});
const outcome = (of: PlacementAnswer, ...events: readonly TimelineEvent[]): PushOutcome => ({
  placement: of,
  events,
  finished: true,
});
const reference = { repository: 'web', tag: '1' };

describe('a push', () => {
  it('that started a scan reports its duration and its charge', () => {
    expect(pushResult(reference, outcome(placement(), event('usage.charged', 'second')), [])).toMatchObject({
      reference: 'web:1',
      charge: { amount: '0.29', currency: 'USD' },
      scanMs: 300,
    });
  });

  it('that joined a known result has no scan and no charge', () => {
    const joined = placement({
      receivedAt: '2026-11-24T10:59:59.900Z',
      times: { judged: '2026-11-24T11:00:00.000Z', started: '2026-11-24T10:00:00.010Z' },
    });
    expect(isJoined(joined)).toBe(true);
    expect(pushResult(reference, outcome(joined, event('usage.charged', 'first')), [])).toMatchObject({
      charge: null,
      scanMs: 0,
    });
  });

  it('with a new verdict of another plan had its own scan', () => {
    expect(
      isJoined(
        placement({
          verdict: { verdict: 2, approved: true },
          times: { judged: '2026-11-24T12:00:00.000Z', started: '2026-11-24T10:00:00.010Z' },
        }),
      ),
    ).toBe(false);
    expect(isJoined(placement({ times: { judged: '2026-11-24T12:00:00.000Z' } }))).toBe(true);
  });

  it('that was declined joined nothing', () =>
    expect(
      isJoined(placement({ verdict: { verdict: 1, approved: false }, times: { judged: '2026-11-24T11:00:00.000Z' } })),
    ).toBe(false));
  it('has its own trace, not that of the first push of the image', () =>
    expect(traceOf(outcome(placement(), event('image.pushed', 'first'), event('image.pushed', 'second')))).toBe(
      'second-trace',
    ));

  it('whose charge waits for a price reports that', () => {
    const unpaid = { subscriptionId: 'S', repository: 'web', digest: 'sha256:d', chargedFor: '' };
    const uncharged = outcome(placement({ charge: undefined as never }));
    expect(pushResult(reference, uncharged, [], [], waitingAmong([uncharged.placement], [unpaid]))).toMatchObject({
      charge: null,
      chargeWaits: true,
    });
    expect(
      pushResult(
        reference,
        outcome(placement({ children: [] })),
        [],
        [uncharged],
        waitingAmong([uncharged.placement], [unpaid]),
      ),
    ).toMatchObject({ chargeWaits: true });
    for (const others of [[], [{ ...unpaid, digest: 'sha256:e' }], [{ ...unpaid, subscriptionId: 't' }]])
      expect(pushResult(reference, uncharged, [], [], waitingAmong([uncharged.placement], others))).not.toHaveProperty(
        'chargeWaits',
      );
  });

  it('of an index has the findings, the charge and the times of its images', () => {
    const index = placement({ children: [], charge: undefined as never, scanMs: undefined as never, times: {} });
    const child = outcome(placement({ pushToRecommendationMs: 40 }), event('usage.charged', 'second'));
    const finding = { vulnerability: 'CVE-1', package: 'p', installedVersion: '1', severity: 'High' as const };
    expect(pushResult(reference, outcome(index), [finding], [child])).toMatchObject({
      charge: { amount: '0.29' },
      pushToRecommendationMs: 40,
      findings: [{ fixedVersion: null }],
      reason: null,
    });
  });
});
