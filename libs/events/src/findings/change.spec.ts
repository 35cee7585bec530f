import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applied, changeOf, sizeOf } from './change.ts';
import type { ClassifiedFinding, Finding } from './finding.ts';
import { canonical, setSum } from './set.ts';

const found = (name: string, more: Partial<ClassifiedFinding> = {}): ClassifiedFinding => ({
  vulnerability: 'CVE-1',
  package: name,
  packageType: 'debian',
  installedVersion: '1',
  severity: 'High',
  severityRule: 'scanner',
  state: 'active',
  firstSeenAt: '2026-11-24T09:15:02Z',
  ...more,
});

describe('a change', () => {
  const before = canonical(['a', 'b', 'c', 'd'].map((name) => found(name)));

  it('names removed entries by position, and puts new and replaced ones', () => {
    const after = [found('a'), found('c', { fixedVersion: '2' }), found('d'), found('e')];
    expect(changeOf(before, after)).toEqual({
      findings: [found('c', { fixedVersion: '2' }), found('e')],
      removed: [1],
      ruled: [],
    });
  });

  it('names entries by position of which only state and rule changed', () => {
    const exempt = { state: 'exempt', ruleId: 'accepted' } as const;
    const after = [found('a', exempt), found('b'), found('c', exempt), found('d', { ...exempt, severity: 'Low' })];
    const change = changeOf(before, after);
    expect(change).toEqual({ findings: [after[3]], removed: [], ruled: [{ ...exempt, at: [0, 2] }] });
    expect(sizeOf(change)).toBe(3);
    expect(changeOf(canonical(after), before).ruled).toEqual([{ state: 'active', at: [0, 2] }]);
  });

  it('is empty if nothing differs but the first sighting', () => {
    const after = before.map((entry) => ({ ...entry, firstSeenAt: '2020-01-01T00:00:00Z' }));
    expect(sizeOf(changeOf(before, after))).toBe(0);
  });

  it('does not apply to a set without its positions', () => {
    expect(applied(before.slice(0, 2), { findings: [], removed: [2], ruled: [] })).toBeUndefined();
    expect(applied(before.slice(0, 2), { findings: [], removed: [], ruled: [{ state: 'active', at: [2] }] })).toBe(
      undefined,
    );
    expect(applied(before, { findings: [], removed: [1, 1], ruled: [] })).toBeUndefined();
  });

  it('gives the set that it was made for, of any two sets', () => {
    const entry = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      severity: fc.constantFrom('High' as const, 'Low' as const),
      rule: fc.constantFrom(undefined, 'one', 'two'),
      fixed: fc.constantFrom(undefined, '2'),
    });
    const set = fc.array(entry).map((entries) =>
      canonical(
        entries.map(({ name, severity, rule, fixed }) =>
          found(name, {
            severity,
            ...(rule === undefined ? {} : { state: 'exempt', ruleId: rule }),
            ...(fixed === undefined ? {} : { fixedVersion: fixed }),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(set, set, (one, other) => {
        const after = applied(one, changeOf(one, other.toReversed()));
        expect(after).toEqual(other);
        expect(setSum(after ?? [])).toEqual(setSum(other));
      }),
    );
  });

  it('of findings without a state has no rules', () => {
    const bare = (name: string, severity: Finding['severity']): Finding => ({
      vulnerability: 'CVE-1',
      package: name,
      packageType: 'npm',
      installedVersion: '1',
      severity,
    });
    expect(changeOf([bare('a', 'High')], [bare('a', 'Low')])).toEqual({
      findings: [bare('a', 'Low')],
      removed: [],
      ruled: [],
    });
  });
});
