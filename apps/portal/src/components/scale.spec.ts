import { describe, expect, it } from 'vitest';
import { lineParts, linearScale, secondsScale, stackOf } from './scale.ts';

describe('scales of plots', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [7, [0, 3, 6, 9]],
    [50, [0, 20, 40, 60]],
    [118, [0, 50, 100, 150]],
    [2400, [0, 1000, 2000, 3000]],
  ])('has whole steps up to %d', (greatest, ticks) => {
    expect(linearScale(greatest).ticks).toEqual(ticks);
  });

  it('puts the greatest value within the axis', () => {
    for (let greatest = 0; greatest < 3000; greatest += 7) {
      const { ticks, at } = linearScale(greatest);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(greatest);
      expect(at(ticks.at(-1) ?? 0)).toBe(1);
      expect(ticks.length).toBeLessThanOrEqual(5);
    }
  });

  it('always shows the promise of 15 minutes on the axis of seconds, below its top', () => {
    expect(secondsScale(2).ticks).toEqual([1, 10, 60, 900, 3600]);
    expect(secondsScale(20_000).ticks.at(-1)).toBe(21_600);
    expect(secondsScale(2).at(900)).toBeLessThan(1);
    expect(secondsScale(2).at(0)).toBe(0);
  });

  it('leaves a gap in a line where a value is not known', () => {
    const scale = linearScale(3);
    expect(lineParts([1, 2, undefined, 3], scale).map((part) => part.length)).toEqual([2, 1]);
    expect(lineParts([undefined], scale)).toEqual([]);
  });

  it('stacks the parts of a column without a gap', () => {
    const parts = stackOf([1, undefined, 2], linearScale(3));
    expect(parts.map(({ foot }) => foot)).toEqual([0, 1 / 3, 1 / 3]);
    expect((parts[2]?.foot ?? 0) + (parts[2]?.height ?? 0)).toBeCloseTo(1);
  });
});
