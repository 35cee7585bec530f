import { describe, expect, it } from 'vitest';
import { boltOf, type BoltContent } from '../test/bolt.ts';
import { databaseFolder } from '../test/databases.ts';
import { compareDatabases, type DatabaseComparison } from './comparison.ts';
import { reasonsToOffer } from './offering.ts';

const fixed = (version: string): string => JSON.stringify({ FixedVersion: version });
const rated = (severity: string, vendor: number): string =>
  JSON.stringify({ Severity: severity, VendorSeverity: { nvd: vendor } });

const before = {
  'debian 13': {
    curl: { 'CVE-1': fixed('1'), 'CVE-2': fixed('2'), 'CVE-3': fixed('3') },
    expat: { 'CVE-4': fixed('1') },
    zlib: { 'CVE-5': '{"Severity":3}' },
  },
  'Red Hat': { bash: { 'CVE-6': '{"Entries":[{"FixedVersion":"1"},{"FixedVersion":"2"}]}' } },
  'npm::GitHub': { lodash: { 'CVE-7': '{"PatchedVersions":["2"],"VulnerableVersions":["<2"]}' } },
  vulnerability: { 'CVE-1': rated('HIGH', 3), 'CVE-2': rated('LOW', 1), 'CVE-3': rated('UNKNOWN', 0) },
} satisfies BoltContent;

const comparedWith = async (
  change: (content: Record<string, Record<string, any>>) => unknown,
): Promise<DatabaseComparison> => {
  const after = structuredClone(before) as Record<string, Record<string, any>>;
  change(after);
  const [one, other] = await Promise.all([before, after].map((each) => databaseFolder(boltOf(each), {})));
  return compareDatabases(one!, other!);
};

const nothing = { buckets: [], gone: [], emptied: {}, halved: 0, removed: {}, weakened: {}, lowered: [], raised: [] };

describe('of a database that follows', () => {
  it('nothing is named but what is lost', async () => {
    expect(await comparedWith(() => undefined)).toEqual(nothing);
    expect(
      await comparedWith((content) => {
        content['debian 13']!['curl']!['CVE-9'] = fixed('9');
        content['debian 14'] = { curl: { 'CVE-9': fixed('9') } };
        content['alma 9'] = {};
      }),
    ).toEqual(nothing);
  });

  it('removed entries are named by package, and an emptied package by its name', async () => {
    const compared = await comparedWith((content) => {
      delete content['debian 13']!['curl']!['CVE-2'];
      delete content['debian 13']!['expat'];
    });
    expect(compared).toEqual({
      ...nothing,
      buckets: [{ name: 'debian 13', before: 5, after: 3, removed: 2, weakened: 0 }],
      emptied: { 'debian 13': ['expat'] },
      halved: 1,
      removed: { 'debian 13': { curl: ['CVE-2'] } },
    });
  });

  it('a package with a new name loses nothing', async () => {
    const compared = await comparedWith((content) => {
      content['debian 13']!['libexpat'] = content['debian 13']!['expat'];
      delete content['debian 13']!['expat'];
    });
    expect(compared).toEqual(nothing);
  });

  it('many packages with new names lose all that they had', async () => {
    const compared = await comparedWith((content) => {
      content['debian 13'] = Object.fromEntries(
        Object.entries({ ...content['debian 13'], bash: { 'CVE-8': '{}' } }).map(([name, of]) => [`x-${name}`, of]),
      );
    });
    expect(compared.emptied).toEqual({});
    const many = structuredClone(before) as unknown as Record<string, Record<string, object>>;
    many['debian 13'] = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { [`CVE-${name}`]: '{}' }]));
    const moved = structuredClone(many);
    moved['debian 13'] = Object.fromEntries(Object.entries(moved['debian 13']!).map(([name, of]) => [`x-${name}`, of]));
    const [one, other] = await Promise.all([many, moved].map((each) => databaseFolder(boltOf(each as never), {})));
    expect((await compareDatabases(one!, other!)).emptied).toEqual({ 'debian 13': ['a', 'b', 'c', 'd'] });
  });

  it.each([
    { how: 'deleted', change: (content: Record<string, object>) => delete content['debian 13'] },
    { how: 'emptied', change: (content: Record<string, object>) => (content['debian 13'] = {}) },
  ])('a bucket that is $how is gone', async ({ change }) => {
    expect(await comparedWith(change)).toEqual({
      ...nothing,
      gone: ['debian 13'],
      buckets: [{ name: 'debian 13', before: 5, after: 0, removed: 5, weakened: 0 }],
    });
  });

  it.each([
    ['another fixed version', 'debian 13', 'curl', 'CVE-1', fixed('0')],
    ['no fixed version', 'debian 13', 'curl', 'CVE-1', '{}'],
    ['a lower severity of its own', 'debian 13', 'zlib', 'CVE-5', '{"Severity":1}'],
    ['a fixed version less among several', 'Red Hat', 'bash', 'CVE-6', '{"Entries":[{"FixedVersion":"2"}]}'],
    ['other architectures', 'debian 13', 'curl', 'CVE-1', '{"FixedVersion":"1","Arches":["s390x"]}'],
    ['another first version', 'debian 13', 'curl', 'CVE-1', '{"FixedVersion":"1","AffectedVersion":"9"}'],
    [
      'more patched versions',
      'npm::GitHub',
      'lodash',
      'CVE-7',
      '{"PatchedVersions":["2",">=0"],"VulnerableVersions":["<2"]}',
    ],
    ['a narrower range', 'npm::GitHub', 'lodash', 'CVE-7', '{"PatchedVersions":["2"],"VulnerableVersions":["<1"]}'],
  ])('an entry with %s is weakened', async (_, bucket, name, id, value) => {
    const compared = await comparedWith((content) => (content[bucket]![name]![id] = value));
    expect(compared.weakened).toEqual({ [bucket]: { [name]: [id] } });
  });

  it('ratings are named by their direction, and a first one is none', async () => {
    const compared = await comparedWith((content) => {
      content['vulnerability'] = {
        'CVE-1': rated('LOW', 3),
        'CVE-2': rated('LOW', 2),
        'CVE-3': rated('CRITICAL', 4),
      };
    });
    expect([compared.lowered, compared.raised]).toEqual([['CVE-1'], ['CVE-2']]);
    expect((await comparedWith((content) => delete content['vulnerability']!['CVE-1'])).lowered).toEqual(['CVE-1']);
  });
});

describe('images are asked about a database', () => {
  const now = Date.parse('2026-11-24T00:00:00Z');
  const lossOf = (removed: number, size = 1000) => ({
    ...nothing,
    buckets: [{ name: 'debian 13', before: size, after: size - removed, removed, weakened: 0 }],
  });

  it.each([
    ['a release in support is gone', { ...nothing, gone: ['debian 13'] }, 1],
    ['a release that has ended is gone', { ...nothing, gone: ['debian 10'] }, 0],
    ['a bucket that is no release is gone', { ...nothing, gone: ['wolfi'] }, 1],
    ['a package is emptied', { ...nothing, emptied: { 'debian 13': ['expat'] } }, 1],
    ['a hundredth of a bucket is gone', lossOf(10), 0],
    ['more than a hundredth of a bucket is gone', lossOf(11), 1],
    ['much of a small bucket is gone', lossOf(50, 99), 0],
    ['a few are rated lower', { ...nothing, lowered: ['a', 'b', 'c'], raised: ['d', 'e'] }, 0],
    ['more are rated lower than higher', { ...nothing, lowered: ['a', 'b', 'c'], raised: [] }, 1],
  ])('if %s: %#', (_, comparison, reasons) => {
    expect(reasonsToOffer(comparison, now)).toHaveLength(reasons);
  });
});
