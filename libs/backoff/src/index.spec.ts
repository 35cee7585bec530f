import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './index.ts';

describe('a back-off', () => {
  it('doubles each pause up to the longest', () => {
    const policy = { firstMs: 100, longestMs: 1000, jitter: 0 };
    expect([0, 1, 2, 3, 4, 5].map((pauses) => backoffMs(policy, pauses))).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('grows by the factor that it is given', () => {
    expect(backoffMs({ firstMs: 2, longestMs: 1e6, factor: 10, jitter: 0 }, 3)).toBe(2000);
  });

  it('takes half of a pause away at most, unless another jitter is given', () => {
    const policy = { firstMs: 100, longestMs: 1000 };
    expect(backoffMs(policy, 0, 0)).toBe(50);
    expect(backoffMs({ ...policy, jitter: 0.25 }, 0, 0)).toBe(75);
    expect(backoffMs(policy, 0, 0.5)).toBe(75);
  });

  it('stays within its bounds after any number of pauses', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 1e9 }), fc.double({ min: 0, max: 1, noNaN: true }), (pauses, random) => {
        const pause = backoffMs({ firstMs: 25, longestMs: 1000 }, pauses, random);
        expect(pause).toBeGreaterThanOrEqual(12.5);
        expect(pause).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
