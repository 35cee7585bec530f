import { describe, expect, it } from 'vitest';
import { families, type OperatingSystem } from '@assay/events';
import { Coverage } from './coverage.ts';

const os = (family: string, version: string): OperatingSystem => ({ family, version, endOfLife: false });
const uncovered = (buckets: readonly [string, number][], system: OperatingSystem | undefined, ...types: string[]) =>
  new Coverage(new Map(buckets)).uncoveredIn(
    system,
    types.map((type) => ({ type })),
  );

// Names of buckets are those of trivy-db, pkg/vulnsrc/bucket/bucket_test.go and its sources.
describe('a system', () => {
  it.each([
    ['alma', '9.4', 'alma 9', 'alma 8'],
    ['alpine', '3.20.3', 'alpine 3.20', 'alpine 3.2'],
    ['amazon', '2023.5.20240701 (Amazon Linux)', 'amazon linux 2023', 'amazon linux 2'],
    ['amazon', '2 (Karoo)', 'amazon linux 2', 'amazon linux 2022'],
    ['amazon', 'AMI release 2018.03', 'amazon linux 1', 'amazon linux 2'],
    ['azurelinux', '3.0.20240727', 'Azure Linux 3.0', 'CBL-Mariner 2.0'],
    ['bottlerocket', '1.20.0', 'bottlerocket', 'amazon linux 2'],
    ['cbl-mariner', '2.0.20240628', 'CBL-Mariner 2.0', 'CBL-Mariner 1.0'],
    ['chainguard', '20230214', 'chainguard', 'wolfi'],
    ['debian', '13.0', 'debian 13', 'debian 1'],
    ['echo', '1', 'echo', 'debian 13'],
    ['minimos', '20240101', 'minimos', 'wolfi'],
    ['opensuse-leap', '15.5', 'openSUSE Leap 15.5', 'openSUSE Leap 15.4'],
    ['opensuse.leap', '15.5', 'openSUSE Leap 15.5', 'openSUSE Leap Micro 15.5'],
    ['opensuse-tumbleweed', '20240607', 'openSUSE Tumbleweed', 'openSUSE Leap 15.5'],
    ['opensuse.tumbleweed', '20240607', 'openSUSE Tumbleweed', 'openSUSE Leap 15.5'],
    ['oracle', '8.10', 'Oracle Linux 8', 'Oracle Linux 9'],
    ['photon', '4.0', 'Photon OS 4.0', 'Photon OS 5.0'],
    ['rocky', '9.4', 'rocky 9', 'alma 9'],
    ['slem', '5.3', 'SUSE Linux Enterprise Micro 5.3', 'SUSE Linux Enterprise 5.3'],
    ['suse linux enterprise micro', '5.3', 'SUSE Linux Enterprise Micro 5.3', 'SUSE Linux Enterprise 15.5'],
    ['sles', '15.5', 'SUSE Linux Enterprise 15.5', 'SUSE Linux Enterprise 15'],
    ['suse linux enterprise server', '15.5', 'SUSE Linux Enterprise 15.5', 'SUSE Linux Enterprise 15.4'],
    ['ubuntu', '22.04', 'ubuntu 22.04', 'ubuntu 22.04-ESM'],
    ['wolfi', '20230201', 'wolfi', 'chainguard'],
  ])('%s %s is known by the bucket %s, and not by %s', (family, version, bucket, other) => {
    expect(uncovered([[bucket, 1]], os(family, version), family)).toBeUndefined();
    expect(uncovered([[other, 5000]], os(family, version), family)).toEqual({ system: `${family} ${version}` });
    expect(uncovered([[bucket, 0]], os(family, version))).toEqual({ system: `${family} ${version}` });
  });

  it.each([
    ['centos', '7.9.2009'],
    ['redhat', '9.4'],
  ])('%s is known by its advisories and the names of its content sets', (family, version) => {
    expect(
      uncovered(
        [
          ['Red Hat', 1],
          ['Red Hat CPE', 1],
        ],
        os(family, version),
      ),
    ).toBeUndefined();
    for (const one of ['Red Hat', 'Red Hat CPE'])
      expect(uncovered([[one, 5000]], os(family, version))).toEqual({ system: `${family} ${version}` });
  });

  it('of the edge of Alpine is known by edge and by the release to come: either may be looked up', () => {
    const [edge, next] = [
      ['alpine edge', 1],
      ['alpine 3.23', 1],
    ] as const;
    const system = os('alpine', '3.23.0_alpha20250612');
    expect(uncovered([[...edge], [...next]], system)).toBeUndefined();
    for (const one of [edge, next])
      expect(uncovered([[...one]], system)).toEqual({ system: 'alpine 3.23.0_alpha20250612' });
  });

  it.each(['fedora', 'openEuler'])('of %s is never known: the scanner has no advisories of it', (family) => {
    expect(families).toContain(family);
    expect(uncovered([[`${family} 40`, 5000]], os(family, '40'))).toEqual({ system: `${family.toLowerCase()} 40` });
  });

  it('that is not named is another obstacle', () => {
    expect(uncovered([], undefined)).toBeUndefined();
    expect(uncovered([], os('none', ''))).toBeUndefined();
  });
});

describe('a type of packages', () => {
  const debian: [string, number] = ['debian 13', 1];

  it('is known by a hundred advisories of all sources of its ecosystem', () => {
    const sources = (entries: number): [string, number][] => [
      debian,
      ['npm::GitHub Security Advisory npm', entries],
      ['npm::Node.js Ecosystem Security Working Group', 50],
    ];
    expect(uncovered(sources(50), os('debian', '13.0'), 'debian', 'node-pkg')).toBeUndefined();
    expect(uncovered(sources(49), os('debian', '13.0'), 'debian', 'node-pkg')).toEqual({ languages: ['node-pkg'] });
  });

  it('is not known if it is new to us, by any database', () => {
    expect(uncovered([debian, ['zig::source', 5000]], os('debian', '13.0'), 'zig')).toEqual({ languages: ['zig'] });
    expect(uncovered([debian, ['::', 5000]], os('debian', '13.0'), 'zig')).toEqual({ languages: ['zig'] });
    expect(uncovered([debian, ['julia::OSV', 5000]], os('debian', '13.0'), 'julia')).toEqual({ languages: ['julia'] });
  });

  it('that no database knows is named by itself', () => {
    expect(uncovered([debian], os('debian', '13.0'), 'conda-pkg', 'jar', 'jar', 'gobinary')).toEqual({
      languages: ['gobinary', 'jar'],
      unsourced: ['conda-pkg'],
    });
  });
});
