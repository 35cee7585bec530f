import { describe, expect, it } from 'vitest';
import { isLoopback, tokenIn } from './session.ts';

describe('the token of a link', () => {
  it.each([
    ['#token=abc', 'abc'],
    ['#token=a%2Bb%26c', 'a+b&c'],
    ['#other=1&token=x', 'x'],
    ['#token=', undefined],
    ['#token=%20', undefined],
    ['#main', undefined],
    ['', undefined],
  ])('of %j is %j', (fragment, token) => {
    expect(tokenIn(fragment)).toBe(token);
  });
});

describe('this machine', () => {
  it.each(['127.0.0.1', '127.8.9.10', 'localhost', '[::1]'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['127.0.0.1.example.com', 'localhost.example.com', '10.0.0.1', 'assay.example.com', '1270.0.0.1'])(
    'is not %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
