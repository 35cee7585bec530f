import { describe, expect, it } from 'vitest';
import { criteriaOf, dayIn, expiryOf, nameFor, problemIn, type Draft } from './draft.ts';

const now = Date.parse('2026-11-29T12:00:00Z');
const draft: Draft = {
  name: 'r-17',
  scope: '/subscriptions/00000000-0000-0000-0000-000000000001',
  vulnerabilities: 'CVE-2026-1, CVE-2026-2\nCVE-2026-1',
  digests: '',
  severityBelow: '',
  isUntilFixable: false,
  reason: 'not reachable',
  expires: '2026-12-29',
};

describe('a draft of a rule', () => {
  it('has only the criteria that its author gave, each vulnerability once', () => {
    expect(criteriaOf(draft)).toEqual({ vulnerabilities: ['CVE-2026-1', 'CVE-2026-2'] });
    expect(criteriaOf({ ...draft, vulnerabilities: ' ', severityBelow: 'Low', isUntilFixable: true })).toEqual({
      severityBelow: 'Low',
      patchable: false,
    });
  });

  it('holds to the end of its last day', () => {
    expect(expiryOf(draft)).toBe('2026-12-29T23:59:59Z');
    expect(expiryOf({ ...draft, expires: '' })).toBeUndefined();
    expect(dayIn(30, now)).toBe('2026-12-29');
  });

  it.each([
    [{}, undefined],
    [{ name: '-r' }, 'name'],
    [{ vulnerabilities: '' }, 'criteria'],
    [{ reason: ' ' }, 'reason'],
    [{ expires: '2026-11-28' }, 'expires'],
    [{ expires: '' }, undefined],
  ] as const)('with %o lacks %s', (change, problem) => {
    expect(problemIn({ ...draft, ...change }, now)).toBe(problem);
  });

  it('gets a name that the API accepts', () => {
    for (const names of [[], ['CVE-2026-1'], ['GHSA-ab/cd', 'CVE-2'], ['x'.repeat(100)]])
      expect(nameFor(names, '2026-11-29')).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
  });
});
