import { describe, expect, it } from 'vitest';
import { ApiFailure } from '../../api/failure.ts';
import { gateEveryMs, shownGate, type GateJudgement } from './gate-answer.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const allow: GateJudgement = {
  decision: 'allow',
  reason: 'no-findings',
  message: 'The image has no finding that counts.',
  pending: false,
  digest,
  page: '',
  maxSeverity: 'none',
  onlyFixable: false,
  places: [],
};
const asked = { data: allow, at: 1000, asOf: undefined, failure: undefined, isPrevious: false };
const decisionOf = (changes: Partial<Parameters<typeof shownGate>[0]>, now = 1000): string =>
  shownGate({ ...asked, ...changes }, digest, now).decision;

describe('the answer of the gate', () => {
  it('is shown as it is, with its reason', () => {
    expect(shownGate(asked, digest, 1000)).toEqual({ decision: 'allow', why: allow.message });
    for (const decision of ['deny', 'unknown'] as const)
      expect(shownGate({ ...asked, data: { ...allow, decision, message: 'why' } }, digest, 1000)).toEqual({
        decision,
        why: 'why',
      });
  });

  it.each([0, 401, 403, 404, 429, 500, 503])('is unknown after the failure %i, also while an allow is kept', (status) =>
    expect(decisionOf({ failure: new ApiFailure(status, 'x', 'y') })).toBe('unknown'),
  );

  it('is no allow of another image, of the past, of a service that is cut off, or by a word of a later API', () => {
    expect(decisionOf({ data: undefined, at: undefined })).toBe('asking');
    expect(decisionOf({ isPrevious: true })).toBe('asking');
    expect(
      decisionOf({ data: { ...allow, page: 'https://assay.test/portal', digest: digest.replace('a', 'b') } }),
    ).toBe('asking');
    expect(decisionOf({ asOf: '2026-11-24T09:16:00.000Z' })).toBe('unknown');
    expect(decisionOf({}, asked.at + 2 * gateEveryMs)).toBe('allow');
    expect(decisionOf({}, asked.at + 2 * gateEveryMs + 1)).toBe('unknown');
    for (const decision of ['Allow', 'allowed', '', 'constructor'])
      expect(decisionOf({ data: { ...allow, decision: decision as never } })).toBe('unknown');
  });
});
