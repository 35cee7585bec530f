import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { advisoriesText, restingText, shellWord } from './format.ts';

it.each([
  ['2026-11-24T23:59:59Z', 'by advisories of 5 days ago, 2026-11-24'],
  ['2026-11-28T00:00:00.000Z', 'by advisories of 1 day ago, 2026-11-28'],
  ['2026-11-29T00:00:00Z', 'by advisories of today, 2026-11-29'],
  ['2026-11-30T00:00:00Z', 'by advisories of the future, 2026-11-30'],
])('the age of the advisories of %s is counted by days', (builtAt, text) => {
  expect(advisoriesText(builtAt, Date.parse('2026-11-29T00:30:00Z'))).toBe(text);
});

it('a status is followed by its reason and its advisories, if any', () => {
  expect([restingText(undefined, undefined), restingText('stale', undefined)]).toEqual(['', ' (stale)']);
  expect(restingText('stale', '2025-01-01T00:00:00Z')).toMatch(
    /^ \(stale; by advisories of \d+ days ago, 2025-01-01\)$/,
  );
});

it('a path for copying into a shell is one word there', () => {
  expect(shellWord('.assay/data')).toBe('.assay/data');
  for (const path of ['ho me/data', "it's", '$HOME/x', '`id`', 'a;b', '*', 'a\nb', '']) {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(path)}`], { encoding: 'utf8' })).toBe(path);
  }
});
