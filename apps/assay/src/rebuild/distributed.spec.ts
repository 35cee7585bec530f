import { expect, it } from 'vitest';
import { earlierOf } from './distributed.ts';

it('goes back to the previous generation once', () => {
  expect(earlierOf('billing', { current: '10', previous: '9' })).toBe('9');
  expect(() => earlierOf('billing', { current: '1' })).toThrow('no earlier generation of billing is kept');
  expect(() => earlierOf('billing', { current: '9', previous: '10' })).toThrow(
    'billing is back in generation 9 already, and no earlier one is kept; it came from generation 10',
  );
});
