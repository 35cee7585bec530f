import { expect, it } from 'vitest';
import { silentSince } from './silence.ts';

it.each([
  ['answers', { at: 1000, isRefused: false }, 91_000, undefined],
  ['has not been heard for longer than the pages pause', { at: 1000, isRefused: false }, 91_001, 1000],
  ['left a request without an answer', { at: 1000, isRefused: true }, 1000, 1000],
  ['was never heard, so that no page has anything old', { at: undefined, isRefused: true }, 91_001, undefined],
])('a service is silent since its last sign of life: one that %s', (_, heard, now, since) =>
  expect(silentSince(heard, now)).toBe(since),
);
