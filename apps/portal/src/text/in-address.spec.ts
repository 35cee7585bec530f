import { expect, it } from 'vitest';
import { inAddress } from './in-address.ts';

it.each([
  ['a/b?c=d&e#f', 'a%2Fb%3Fc%3Dd%26e%23f'],
  ['é🚀', '%C3%A9%F0%9F%9A%80'],
  ['half \uD83D of a pair', 'half%20%EF%BF%BD%20of%20a%20pair'],
])('%j can stand in an address', (text, expected) => {
  expect(inAddress(text)).toBe(expected);
});
