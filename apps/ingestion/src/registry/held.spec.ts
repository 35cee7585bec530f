import { expect, it } from 'vitest';
import { isPlausible, orderOf } from './held.ts';

it.each([
  [0, 0, 20, false, true],
  [1, 1, 20, false, false],
  [1, 2, 20, false, true],
  [3, 3, 20, false, false],
  [5, 5, 20, false, false],
  [5, 6, 20, false, false],
  [5, 10, 20, false, true],
  [6, 12, 20, false, false],
  [6, 30, 20, false, true],
  // A push into an emptied registry does not make a held sweep plausible.
  [5, 10, 20, true, false],
  [2, 10, 20, true, true],
  // With 100 percent every deletion is plausible.
  [8, 8, 100, false, true],
  [1, 100, 0, false, true],
])('%i gone of %i, with %i percent and held %s: plausible is %s', (gone, known, percent, isHeld, is) => {
  expect(isPlausible({ gone, known }, percent, isHeld)).toBe(is);
});

it('an order covers as many images as were found gone when it was given', () => {
  const order = { id: 'order', by: 'ana', why: 'emptied' };
  const held = { gone: 7, known: 9, since: '2026-11-28T08:00:00.000Z' };
  expect(orderOf({ gone: 7, known: 9 }, { ...held, order })).toBe(order);
  expect(orderOf({ gone: 8, known: 9 }, { ...held, order })).toBeUndefined();
  expect([orderOf({ gone: 7, known: 9 }, held), orderOf({ gone: 7, known: 9 }, undefined)]).toEqual([
    undefined,
    undefined,
  ]);
});
