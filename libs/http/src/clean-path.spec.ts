import { describe, expect, it } from 'vitest';
import { cleanPath } from './clean-path.ts';

describe('paths', () => {
  it.each([
    ['//subscriptions/x?a=%2F//', '/subscriptions/x?a=%2F//'],
    ['/%2Fsubscriptions%2fx', '/subscriptions/x'],
    ['/a/../b', '/b'],
    ['/a/%2e%2e/b', '/b'],
    ['http://host/a', '/a'],
    ['/a%20b', '/a%20b'],
    ['/a..b/c', '/a..b/c'],
  ])('%s means %s', (raw, clean) => expect(cleanPath(raw)).toBe(clean));
});
