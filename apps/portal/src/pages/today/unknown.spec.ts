import { describe, expect, it } from 'vitest';
import type { PortalImage } from '../../api/lists.ts';
import { deltaText, keptOf, shareText, unansweredIn } from './unknown.ts';

const image = (over: Partial<PortalImage>): PortalImage => ({ status: 'undetermined', ...over }) as PortalImage;

const none = { unhealthy: 0, undetermined: 0, healthy: 0, 'not-applicable': 0, scanning: 0, queued: 0 };

describe('today', () => {
  it('groups images that are not known by their reason, the largest group first', () => {
    const value = [
      image({ reason: 'timed-out', since: '2026-11-25T09:00:00Z' }),
      image({ reason: 'scanner-recalled', since: '2026-11-25T09:00:00Z' }),
      image({ reason: 'scanner-recalled', since: '2026-11-05T09:00:00Z' }),
      image({ status: 'healthy' }),
    ];
    expect(unansweredIn({ value, counts: { ...none, undetermined: 3, healthy: 1 } })).toMatchObject({
      groups: [
        { reason: 'scanner-recalled', images: 2, since: '2026-11-05T09:00:00Z' },
        { reason: 'timed-out', images: 1, since: '2026-11-25T09:00:00Z' },
      ],
      more: 0,
      answered: 'some',
    });
  });

  it('counts what is on its way, from the oldest', () => {
    const value = [
      image({ status: 'queued', receivedAt: '2026-11-25T09:02:00Z' }),
      image({ status: 'scanning', receivedAt: '2026-11-25T09:01:00Z' }),
      image({}),
    ];
    const counts = { ...none, undetermined: 1, queued: 1, scanning: 1 };
    expect(unansweredIn({ value, counts }).waiting).toEqual({ images: 2, since: '2026-11-25T09:01:00Z' });
    expect(unansweredIn({ value, counts: { ...counts, queued: 5000 } }).waiting).toEqual({
      images: 5001,
      since: undefined,
    });
  });

  it('does not take the first page for all, nor a page without them for an answer', () => {
    const value = [image({ reason: 'timed-out' })];
    expect(unansweredIn({ value, counts: { ...none, undetermined: 1200 } })).toMatchObject({
      more: 1199,
      answered: 'some',
    });
    expect(unansweredIn({ value: [], counts: { ...none, undetermined: 7 } }).answered).toBe('some');
    expect(unansweredIn({ value: [], counts: { ...none, queued: 1 } }).answered).toBe('some');
    expect(unansweredIn({ value: [], counts: { ...none, healthy: 7 } }).answered).toBe('every');
    expect(unansweredIn({ value: [], counts: none }).answered).toBe('none');
  });

  it('names what a change made more or less, worst first', () => {
    const counts = { Critical: 1, High: 5, Medium: 2, Low: 0, Unknown: 0 };
    expect(deltaText(counts, { ...counts, High: 2, Critical: 2 })).toBe('+1 critical, −3 high');
    expect(deltaText(counts, counts)).toBe('');
  });

  it('does not round a broken promise up to a kept one', () => {
    expect(
      keptOf([
        { inTime: 9999, late: 0 },
        { inTime: 0, late: 1 },
      ]).share,
    ).toBe(0.9999);
    expect(keptOf([]).share).toBeUndefined();
    expect(shareText(1)).toBe('100 %');
    expect(shareText(0.999999)).toBe('99.99 %');
    expect(shareText(0.9)).toBe('90.0 %');
  });
});
