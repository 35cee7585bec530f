import { expect, it } from 'vitest';
import { parkedIn } from './parked-count.ts';

it('counts the parked events of a service once for all of its processes', () => {
  expect(
    parkedIn([
      { name: 'classifier', parked: 2 },
      { name: 'classifier', parked: 2 },
      { name: 'classifier', parked: 2 },
      { name: 'billing', parked: 1 },
    ]),
  ).toBe(3);
});

it('is not known while that of one service is not', () => {
  expect(parkedIn([{ name: 'classifier' }, { name: 'billing', parked: 1 }])).toBeUndefined();
});
