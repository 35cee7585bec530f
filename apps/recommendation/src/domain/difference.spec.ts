import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf, type ClassifiedFinding } from '@assay/events';
import { differenceOf, packageDifference, type ComparedPackage, type Moment } from './difference.ts';

const finding = (changes: Partial<ClassifiedFinding> = {}): ClassifiedFinding => ({
  vulnerability: 'CVE-2026-1',
  package: 'zlib1g',
  packageType: 'debian',
  installedVersion: '1.3-1',
  severity: 'High',
  severityRule: 'vendor',
  state: 'active',
  firstSeenAt: '2026-11-24T09:15:02.600Z',
  ...changes,
});
const zlib: ComparedPackage = { type: 'debian', name: 'zlib1g', version: '1.3-1' };
const moment = (changes: Partial<Moment> = {}): Moment => ({
  findings: [finding()],
  packages: [zlib],
  database: 'one',
  scanner: 'one',
  ...changes,
});
const none = moment({ findings: [] });

describe('a finding that no longer counts', () => {
  it.each<[string, Partial<Moment>, object]>([
    [
      'is disabled by a rule',
      { findings: [finding({ state: 'exempt', ruleId: 'quiet' })] },
      { because: 'rule', ruleId: 'quiet' },
    ],
    ['lost its package', { packages: [] }, { because: 'package-removed' }],
    ['has another version of its package', { packages: [{ ...zlib, version: '1.3-2' }] }, { because: 'fixed-version' }],
    ['is not in another database', { database: 'two' }, { because: 'advisory-withdrawn' }],
    ['is not found by another scanner', { scanner: 'two' }, { because: 'scanner' }],
    ['is gone without any difference', {}, { because: 'unknown' }],
    ['is of an image whose packages are not known', { packages: undefined, database: 'two' }, { because: 'unknown' }],
  ])('%s', (_, changes, why) => {
    const after = moment({ findings: [], ...changes });
    expect(differenceOf(moment(), after)).toEqual({
      gone: [{ finding: finding(), ...why }],
      added: [],
      changed: [],
      same: 0,
    });
  });

  it('lost the copy of its package at its path', () => {
    const [here, there] = ['usr/lib/a', 'usr/lib/b'];
    const before = moment({ findings: [finding({ path: here })] });
    expect(differenceOf(before, moment({ findings: [], packages: [{ ...zlib, path: there }] })).gone).toMatchObject([
      { because: 'package-removed' },
    ]);
    expect(
      differenceOf(before, moment({ findings: [], packages: [{ ...zlib, path: here }], database: 'two' })).gone,
    ).toMatchObject([{ because: 'advisory-withdrawn' }]);
  });
});

describe('a finding that did not count before', () => {
  it.each<[string, Partial<Moment>, object]>([
    [
      'was disabled by a rule',
      { findings: [finding({ state: 'exempt', ruleId: 'quiet' })] },
      { because: 'rule', ruleId: 'quiet' },
    ],
    ['came with its package', { packages: [] }, { because: 'package-added' }],
    [
      'came with another version of its package',
      { packages: [{ ...zlib, version: '1.2' }] },
      { because: 'version-changed' },
    ],
    ['came with another database', { database: 'two' }, { because: 'advisory-published' }],
    ['came with another scanner', { scanner: 'two' }, { because: 'scanner' }],
    ['came without any difference', {}, { because: 'unknown' }],
  ])('%s', (_, changes, why) => {
    expect(differenceOf(moment({ findings: [], ...changes }), moment())).toEqual({
      gone: [],
      added: [{ finding: finding(), ...why }],
      changed: [],
      same: 0,
    });
  });
});

describe('a finding that counts in both', () => {
  it('is the same, no matter when it was first seen and in which layer', () => {
    const again = finding({ firstSeenAt: '2026-11-25T00:00:00.000Z', layer: 3 });
    expect(differenceOf(moment(), moment({ findings: [again] }))).toEqual({
      gone: [],
      added: [],
      changed: [],
      same: 1,
    });
  });

  it.each<[string, Partial<ClassifiedFinding>]>([
    ['a fix', { fixedVersion: '1.3-2' }],
    ['another severity', { severity: 'Low' }],
    ['another score', { score: 9.8 }],
    ['another version of its package', { installedVersion: '1.3-1+b1' }],
    ['another path', { path: 'usr/lib/node_modules/zlib' }],
  ])('changed by %s', (_, changes) => {
    const after = finding(changes);
    expect(differenceOf(moment(), moment({ findings: [after] }))).toEqual({
      gone: [],
      added: [],
      changed: [{ before: finding(), after }],
      same: 0,
    });
  });

  it('does not take the place of one that a rule disabled', () => {
    const other = finding({ installedVersion: '2' });
    const after = moment({
      findings: [finding({ state: 'exempt', ruleId: 'quiet' }), other],
      packages: [zlib, { ...zlib, version: '2' }],
    });
    expect(differenceOf(moment(), after)).toMatchObject({
      gone: [{ because: 'rule' }],
      added: [{ finding: other, because: 'version-changed' }],
      changed: [],
    });
  });
});

describe('a difference', () => {
  const findings = fc
    .uniqueArray(
      fc
        .record({
          vulnerability: fc.constantFrom('CVE-2026-1', 'CVE-2026-2'),
          package: fc.constantFrom('a', 'b'),
          installedVersion: fc.constantFrom('1', '2'),
          path: fc.constantFrom('x', 'y', undefined),
          severity: fc.constantFrom('High' as const, 'Low' as const),
          state: fc.constantFrom('active' as const, 'active' as const, 'exempt' as const),
        })
        .map(({ path, ...rest }) => finding({ ...rest, ...(path === undefined ? {} : { path }) })),
      { selector: identityOf, maxLength: 12 },
    )
    .map((all) => moment({ findings: all }));
  const active = ({ findings: all }: Moment): number => all.filter(({ state }) => state === 'active').length;

  it('accounts for each finding that counts in one moment or the other, once', () => {
    fc.assert(
      fc.property(findings, findings, (before, after) => {
        const { gone, added, changed, same } = differenceOf(before, after);
        expect(gone.length + changed.length + same).toBe(active(before));
        expect(added.length + changed.length + same).toBe(active(after));
        const left = [...gone.map((each) => each.finding), ...changed.map((pair) => pair.before)];
        expect(new Set(left).size).toBe(left.length);
        // The same identity in both is never gone, and never new.
        const lasting = new Set(after.findings.filter(({ state }) => state === 'active').map(identityOf));
        expect(gone.some((each) => lasting.has(identityOf(each.finding)))).toBe(false);
      }),
    );
  });

  it('is empty between a moment and itself, and is turned around with its moments', () => {
    fc.assert(
      fc.property(findings, findings, (before, after) => {
        expect(differenceOf(before, before)).toEqual({ gone: [], added: [], changed: [], same: active(before) });
        const [there, back] = [differenceOf(before, after), differenceOf(after, before)];
        const ids = (all: readonly { finding: ClassifiedFinding }[]) =>
          all.map((each) => identityOf(each.finding)).toSorted();
        expect([ids(there.gone), ids(there.added), there.same]).toEqual([ids(back.added), ids(back.gone), back.same]);
      }),
    );
  });

  it('has the worst first', () => {
    const [low, critical] = [
      finding({ package: 'a', severity: 'Low' }),
      finding({ package: 'b', severity: 'Critical' }),
    ];
    expect(differenceOf(moment({ findings: [low, critical] }), none).gone.map((each) => each.finding)).toEqual([
      critical,
      low,
    ]);
  });
});

describe('a difference of packages', () => {
  it('names what was removed, what was added, and what has other versions', () => {
    const of = (name: string, version: string): ComparedPackage => ({ type: 'debian', name, version });
    const before = [of('tar', '1'), of('zlib1g', '1'), of('zlib1g', '2'), of('bash', '5'), of('bash', '5')];
    const after = [of('zlib1g', '2'), of('curl', '8'), of('bash', '5')];
    expect(packageDifference(before, after)).toEqual({
      removed: [{ type: 'debian', name: 'tar', versions: ['1'] }],
      added: [{ type: 'debian', name: 'curl', versions: ['8'] }],
      changed: [{ type: 'debian', name: 'zlib1g', before: ['1', '2'], after: ['2'] }],
    });
    expect(packageDifference(before, before)).toEqual({ removed: [], added: [], changed: [] });
  });
});
