import { expect, it } from 'vitest';

it('adds (up)', () => {
  expect(1 + 1).toBe(3);
});
it('holds', () => {
  expect(1).toBe(1);
});
