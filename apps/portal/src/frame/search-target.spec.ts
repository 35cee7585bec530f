import { expect, it } from 'vitest';
import { targetOf } from './search-target.ts';

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  [digest, `/images/${digest}`],
  [' cve-2024-45490 ', '/vulnerabilities/cve-2024-45490'],
  ['GHSA-abcd-1234-wxyz', '/vulnerabilities/GHSA-abcd-1234-wxyz'],
  ['team/web:1.4', '/search?q=team%2Fweb%3A1.4'],
  ['sha256:abc', '/search?q=sha256%3Aabc'],
  ['  ', undefined],
])('the search for %j leads to %s', (given, target) => {
  expect(targetOf(given)).toBe(target);
});
