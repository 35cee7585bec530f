import { describe, expect, it } from 'vitest';
import { causeToLook, standingOf, type ShownRule } from './standing.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const rule: ShownRule = {
  ruleId: 'quiet',
  scope: '/subscriptions/1',
  criteria: { vulnerabilities: ['CVE-2026-1'] },
  reason: 'not reachable',
  by: 'ana',
  since: '2026-10-01T00:00:00Z',
  state: 'in-force',
  exempted: 2,
  fixable: 0,
};

describe('a rule is looked at again', () => {
  it('once a finding that it names has a fix', () => {
    expect(causeToLook(rule)).toBeUndefined();
    expect(causeToLook({ ...rule, fixable: 1 })).toBe('fixable');
    expect(causeToLook({ ...rule, fixable: 1, criteria: { digests: ['sha256:0'], severityBelow: 'High' } })).toBe(
      'fixable',
    );
  });

  it('once it hides nothing', () => expect(causeToLook({ ...rule, exempted: 0 })).toBe('idle'));

  it('never for fixable findings that it hides on purpose', () => {
    expect(causeToLook({ ...rule, fixable: 1, criteria: { severityBelow: 'Medium' } })).toBeUndefined();
    expect(causeToLook({ ...rule, fixable: 1, criteria: { ...rule.criteria, patchable: true } })).toBeUndefined();
  });

  it('never after its end', () => {
    expect(causeToLook({ ...rule, state: 'expired', exempted: 0 })).toBeUndefined();
    expect(standingOf({ ...rule, state: 'expired', fixable: 1 }, now)).toEqual(['expired']);
  });
});

describe('a rule is in the tabs', () => {
  it.each([
    [{}, ['in-force', 'endless']],
    [{ expiresAt: '2026-12-07T00:00:00Z' }, ['in-force', 'ending']],
    [{ expiresAt: '2026-12-24T00:00:00Z' }, ['in-force']],
    [{ exempted: 0, expiresAt: '2026-11-25T00:00:00Z' }, ['in-force', 'look-again', 'ending']],
  ])('of %j: %j', (changes, tabs) => expect(standingOf({ ...rule, ...changes }, now)).toEqual(tabs));
});
