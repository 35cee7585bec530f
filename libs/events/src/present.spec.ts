import { describe, expect, it } from 'vitest';
import { at, present } from './present.ts';

describe('at', () => {
  it('gives the item, also one that is undefined', () => {
    expect(at(['a', 'b'], 1)).toBe('b');
    expect(at([undefined], 0)).toBeUndefined();
  });

  it.each([-1, 2, 0.5 + 2])('throws for index %s of two items', (index) => {
    expect(() => at(['a', 'b'], index)).toThrow(RangeError);
  });
});

describe('present', () => {
  it('gives the value, also one that is falsy', () => {
    expect(present(0, 'count')).toBe(0);
    expect(present('', 'name')).toBe('');
  });

  it.each([undefined, null])('throws for %s, and names what is missing', (value) => {
    expect(() => present(value, 'count')).toThrow('there is no count');
  });
});
