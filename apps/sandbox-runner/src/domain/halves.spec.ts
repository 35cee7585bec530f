import { describe, expect, it } from 'vitest';
import type { Rating } from '@assay/events';
import { scannedOf } from '../../test/fixtures.ts';
import { halvesOf } from './halves.ts';

const layerOf = (digit: number): string => `sha256:${String(digit).repeat(64)}`;
const debian: Rating = { source: 'debian', severity: 'Low' };
const nvd: Rating = { source: 'nvd', severity: 'High', score: 7.5, vector: 'CVSS:3.1/AV:N' };
const redhat: Rating = { source: 'redhat', severity: 'Medium', score: 5.1 };
const full = scannedOf(1, {
  aliases: ['DSA-1-1'],
  sourcePackage: 'openssl',
  fixedVersion: '4',
  path: 'usr/lib',
  layer: layerOf(1),
  title: 'A title',
  description: 'A text',
  ratings: [debian, nvd, redhat],
  ownSource: 'debian',
  references: ['https://one.test'],
  cwes: ['CWE-1'],
  publishedAt: '2026-11-01T00:00:00Z',
  modifiedAt: '2026-11-02T00:00:00Z',
});

describe('a scanned finding', () => {
  it('is split into what is particular to the image, and what holds for every package', () => {
    expect(halvesOf([full], [])).toEqual({
      findings: [
        {
          vulnerability: 'CVE-2026-1',
          aliases: ['DSA-1-1'],
          package: 'libssl3',
          packageType: 'debian',
          sourcePackage: 'openssl',
          installedVersion: '3.5.1-1',
          fixedVersion: '4',
          path: 'usr/lib',
          layer: 0,
          severity: 'High',
          ratings: [debian],
          score: 7.5,
        },
      ],
      layers: [layerOf(1)],
      descriptions: [
        {
          vulnerability: 'CVE-2026-1',
          title: 'A title',
          description: 'A text',
          references: ['https://one.test'],
          cwes: ['CWE-1'],
          ratings: [nvd, redhat],
          without: 'debian',
          publishedAt: '2026-11-01T00:00:00Z',
          modifiedAt: '2026-11-02T00:00:00Z',
        },
      ],
    });
  });

  it('with nothing optional has no empty lists', () => {
    const { findings, descriptions } = halvesOf([scannedOf(1)], []);
    expect(Object.keys(findings[0]!)).toEqual([
      'vulnerability',
      'package',
      'packageType',
      'installedVersion',
      'severity',
    ]);
    expect(descriptions).toEqual([{ vulnerability: 'CVE-2026-1', references: [], cwes: [], ratings: [] }]);
  });

  it('of a source that rates vulnerabilities leaves all ratings to the description', () => {
    const { findings, descriptions } = halvesOf([scannedOf(1, { ratings: [nvd, redhat] })], []);
    expect(findings[0]).not.toHaveProperty('ratings');
    expect(descriptions[0]).toMatchObject({ ratings: [nvd, redhat] });
    expect(descriptions[0]).not.toHaveProperty('without');
  });
});

describe('a scanned set', () => {
  it('is in canonical order, in any order of the scanner', () => {
    const scanned = [scannedOf(2), scannedOf(1), scannedOf(1, { packageType: 'jar' }), scannedOf(1, { path: 'a' })];
    const { findings } = halvesOf(scanned, []);
    expect(findings.map(({ vulnerability, packageType, path }) => [vulnerability, packageType, path])).toEqual([
      ['CVE-2026-1', 'debian', undefined],
      ['CVE-2026-1', 'debian', 'a'],
      ['CVE-2026-1', 'jar', undefined],
      ['CVE-2026-2', 'debian', undefined],
    ]);
    expect(halvesOf(scanned.toReversed(), []).findings).toEqual(findings);
  });

  it('names layers by their place among those of all packages, so that a finding that goes moves no other', () => {
    const packages = [3, 1, 2, 3].map((digit) => ({ layer: layerOf(digit) }));
    const at = (...digits: number[]) =>
      halvesOf(
        digits.map((digit) => scannedOf(digit, { layer: layerOf(digit) })),
        packages,
      );
    expect(at(3, 1).layers).toEqual([1, 2, 3].map(layerOf));
    expect(at(3, 1).findings.map(({ layer }) => layer)).toEqual([0, 2]);
    expect(at(3).findings.map(({ layer }) => layer)).toEqual([2]);
  });

  it('of a hostile report has no layer that is no digest, and not more of them than a page can repeat', () => {
    const many = Array.from({ length: 1_500 }, (_, n) => ({ layer: `sha256:${String(n).padStart(64, '0')}` }));
    const { layers, findings } = halvesOf(
      [scannedOf(1, { layer: 'x'.repeat(1000) }), scannedOf(2, { layer: many.at(-1)!.layer })],
      many,
    );
    expect(layers).toHaveLength(1_000);
    expect(findings.map(({ layer }) => layer)).toEqual([undefined, undefined]);
  });

  it('describes each vulnerability once, and once more for a vendor that rates it by itself', () => {
    const scanned = [
      scannedOf(1, { ratings: [debian, nvd], ownSource: 'debian' }),
      scannedOf(1, { ratings: [debian, nvd], ownSource: 'debian', package: 'openssl' }),
      scannedOf(1, { ratings: [debian, nvd], package: 'node', packageType: 'node-pkg' }),
    ];
    expect(halvesOf(scanned, []).descriptions.map(({ without, ratings }) => [without, ratings.length])).toEqual([
      ['debian', 1],
      [undefined, 2],
    ]);
  });

  it('describes a vulnerability with any id', () => {
    const { findings, descriptions } = halvesOf([scannedOf(1, { vulnerability: 'x'.repeat(256) })], []);
    expect([findings.length, descriptions.length]).toEqual([1, 1]);
  });
});
