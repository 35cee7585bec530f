import { expect, it } from 'vitest';
import { differenceOf, newestAfter } from './newer.ts';

const counts = (Critical: number, High = 0) => ({ Critical, High, Medium: 0, Low: 0, Unknown: 0 });
const pushed = (digest: string, day: number | undefined, tags = ['1']) => ({
  digest,
  tags,
  status: 'unhealthy' as const,
  ...(day === undefined ? {} : { pushedAt: `2026-11-0${day}T00:00:00.000Z` }),
});

it('finds the newest push with a tag after that of an image', () => {
  const others = [
    pushed('a', 1),
    pushed('b', 2),
    pushed('c', 4),
    pushed('d', 3),
    pushed('e', 5, []),
    pushed('f', undefined),
  ];
  expect(newestAfter(pushed('b', 2), others)?.digest).toBe('c');
  expect(newestAfter(pushed('c', 4), others)).toBeUndefined();
  expect(newestAfter(pushed('f', undefined), others)).toBeUndefined();
});

it('compares by the worst severity in which they differ, and by none that is not known', () => {
  expect(differenceOf({ bySeverity: counts(4, 1) }, { bySeverity: counts(1, 9) })).toEqual({
    severity: 'Critical',
    more: -3,
  });
  expect(differenceOf({ bySeverity: counts(1, 1) }, { bySeverity: counts(1, 3) })).toEqual({
    severity: 'High',
    more: 2,
  });
  expect(differenceOf({ bySeverity: counts(1) }, { bySeverity: counts(1) })).toBe('same');
  expect(differenceOf({ bySeverity: counts(1) }, {})).toBeUndefined();
});
