import { describe, expect, it } from 'vitest';
import type { PortalImage } from '../../api/lists.ts';
import { deltaText, keptOf, shareText, unknownGroups, waitingOf } from './unknown.ts';

const image = (over: Partial<PortalImage>): PortalImage =>
  ({ status: 'undetermined', deleted: false, ...over }) as PortalImage;

describe('today', () => {
  it('groups images that are not known by their reason, the largest group first', () => {
    expect(
      unknownGroups([
        image({ reason: 'timed-out', since: '2026-11-25T09:00:00Z' }),
        image({ reason: 'scanner-recalled', since: '2026-11-25T09:00:00Z' }),
        image({ reason: 'scanner-recalled', since: '2026-11-05T09:00:00Z' }),
        image({ reason: 'scanner-recalled', deleted: true }),
        image({ status: 'healthy' }),
      ]),
    ).toEqual([
      { reason: 'scanner-recalled', images: 2, since: '2026-11-05T09:00:00Z' },
      { reason: 'timed-out', images: 1, since: '2026-11-25T09:00:00Z' },
    ]);
  });

  it('counts what is on its way, from the oldest', () => {
    expect(
      waitingOf([
        image({ status: 'queued', receivedAt: '2026-11-25T09:02:00Z' }),
        image({ status: 'scanning', receivedAt: '2026-11-25T09:01:00Z' }),
        image({}),
      ]),
    ).toEqual({ images: 2, since: '2026-11-25T09:01:00Z' });
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
