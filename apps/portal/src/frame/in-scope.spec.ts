import { expect, it } from 'vitest';
import { inScope, scopeIn } from './in-scope.ts';

it.each([
  ['/portal/images', '/portal/images?subscription=s1'],
  ['/portal/images?status=queued,scanning', '/portal/images?status=queued,scanning&subscription=s1'],
  ['/portal/images/sha256:ab#timeline', '/portal/images/sha256:ab?subscription=s1#timeline'],
  ['/portal/?q=a%26b#x', '/portal/?q=a%26b&subscription=s1#x'],
  ['/portal/images?subscription=s2', '/portal/images?subscription=s2'],
])('a link to %s keeps the subscription of the page', (href, kept) => {
  expect(inScope(href, 's1')).toBe(kept);
  expect(inScope(href, '')).toBe(href);
});

it('takes a subscription back out of the address, and lets it add no other parameter', () => {
  const hostile = 's1&status=healthy#x';
  const [, search = ''] = inScope('/images', hostile).split('?');
  expect(scopeIn(search)).toBe(hostile);
  expect(new URLSearchParams(search).has('status')).toBe(false);
});
