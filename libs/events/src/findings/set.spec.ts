import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClassifiedFinding, Finding } from './finding.ts';
import { canonical, identityOf, isSameEntry, isSameSum, setSum } from './set.ts';

const finding: Finding = {
  vulnerability: 'CVE-2026-1967',
  aliases: ['DSA-6061-1'],
  package: 'libssl3',
  packageType: 'debian',
  sourcePackage: 'openssl',
  installedVersion: '3.5.1-1',
  fixedVersion: '3.5.1-1+deb13u1',
  path: 'usr/lib',
  layer: 0,
  severity: 'High',
  ratings: [{ source: 'debian', severity: 'High', score: 7.5, vector: 'CVSS:3.1/AV:N' }],
  score: 7.5,
};
const classified: ClassifiedFinding = {
  ...finding,
  severityRule: 'scanner',
  state: 'exempt',
  ruleId: 'accepted',
  firstSeenAt: '2026-11-24T09:15:02.600Z',
};

/** The hash of one entry, written out by hand from docs/events.md. */
const hashOf = (fields: readonly unknown[]): bigint =>
  BigInt(`0x${createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 16)}`);

const fields = [
  'CVE-2026-1967',
  'debian',
  'libssl3',
  '3.5.1-1',
  'usr/lib',
  ['DSA-6061-1'],
  'openssl',
  '3.5.1-1+deb13u1',
  0,
  'High',
  [['debian', 'High', 7.5, 'CVSS:3.1/AV:N']],
  7.5,
];

describe('the sum of a set', () => {
  it('is the sum of the hashes of its entries', () => {
    const bare: Finding = {
      vulnerability: 'CVE-1',
      package: 'a',
      packageType: 'npm',
      installedVersion: '1',
      severity: 'Unknown',
    };
    const bareHash = hashOf(['CVE-1', 'npm', 'a', '1', null, null, null, null, null, 'Unknown', null, null]);
    const total = BigInt.asUintN(64, hashOf(fields) + bareHash);
    expect(setSum([finding, bare])).toEqual({ count: 2, sum: total.toString(16).padStart(16, '0') });
  });

  it('has state and rule of a classified entry in it, and not the first sighting', () => {
    const expected = hashOf([...fields, 'scanner', 'exempt', 'accepted']);
    expect(setSum([classified]).sum).toBe(expected.toString(16).padStart(16, '0'));
    const later: ClassifiedFinding = { ...classified, firstSeenAt: '2020-01-01T00:00:00Z' };
    expect(setSum([later])).toEqual(setSum([classified]));
  });

  it('is the same while an entry is kept although its advisory is gone, and the entry is not', () => {
    const at = '2026-11-25T00:00:00.000Z';
    const kept: ClassifiedFinding = { ...classified, advisoryRemoved: { at, database: `sha256:${'2'.repeat(64)}` } };
    expect(setSum([kept])).toEqual(setSum([classified]));
    expect(isSameEntry(kept, classified)).toBe(false);
  });

  it('of no entries is zero', () => {
    expect(setSum([])).toEqual({ count: 0, sum: '0000000000000000' });
  });

  it('does not depend on the order', () => {
    const others = ['a', 'b', 'c'].map((name) => ({ ...finding, package: name }));
    expect(setSum(others.toReversed())).toEqual(setSum(others));
    expect(isSameSum(setSum(others), setSum(others.slice(1)))).toBe(false);
  });

  it.each(Object.keys(classified).filter((field) => field !== 'firstSeenAt'))('changes with %s', (field) => {
    const { [field as 'package']: _without, ...rest } = classified;
    const other = rest as ClassifiedFinding;
    expect(isSameEntry(classified, other)).toBe(false);
    expect(setSum([other]).sum).not.toBe(setSum([classified]).sum);
  });
});

describe('the canonical order', () => {
  it('is by vulnerability, type, package, version and path, in UTF-16 code units', () => {
    const entries = [
      { vulnerability: 'CVE-2' },
      { vulnerability: 'CVE-1', packageType: 'npm' },
      { vulnerability: 'CVE-1', package: '\u{1f600}' },
      { vulnerability: 'CVE-1', package: '\uff01' },
      { vulnerability: 'CVE-1', path: 'z' },
      { vulnerability: 'CVE-1' },
    ].map((other) => ({ ...finding, path: 'a', ...other }));
    expect(canonical(entries).map((entry) => entries.indexOf(entry))).toEqual([5, 4, 2, 3, 1, 0]);
  });

  it('keeps the last entry of one identity', () => {
    expect(canonical([finding, { ...finding, severity: 'Low' }])).toEqual([{ ...finding, severity: 'Low' }]);
  });

  it('does not depend on the order before', () => {
    const part = fc.constantFrom('', 'a', 'b', 'ab', 'é', '\u{1f600}');
    const entry = fc.record({ vulnerability: part, packageType: part, package: part, installedVersion: part });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const sorted = canonical(entries).map(identityOf);
        expect(canonical(entries.toReversed()).map(identityOf)).toEqual(sorted);
        expect(sorted).toEqual([...new Set(entries.map(identityOf))].toSorted((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });
});
