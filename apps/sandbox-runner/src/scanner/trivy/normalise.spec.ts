import { describe, expect, it } from 'vitest';
import { normalise } from './normalise.ts';
import { asSeverity } from './ratings.ts';
import type { TrivyReport, TrivyResult, TrivyVulnerability } from './report.ts';

const layer = `sha256:${'a'.repeat(64)}`;

const vulnerability = (more: Partial<TrivyVulnerability> = {}): TrivyVulnerability => ({
  VulnerabilityID: 'CVE-2026-1967',
  VendorIDs: ['DSA-6061-1'],
  PkgID: 'libssl3@3.5.1-1',
  PkgName: 'libssl3',
  InstalledVersion: '3.5.1-1',
  FixedVersion: '3.5.1-1+deb13u1',
  Layer: { Digest: layer, DiffID: `sha256:${'b'.repeat(64)}` },
  Severity: 'HIGH',
  CweIDs: ['CWE-476'],
  References: ['https://example.org/1', 'https://example.org/1'],
  VendorSeverity: { nvd: 3, redhat: 2, ubuntu: 1 },
  PublishedDate: '2026-11-20T00:00:00Z',
  CVSS: {
    nvd: { V2Vector: 'AV:N/AC:L/Au:N/C:N/I:N/A:P', V2Score: 5, V3Vector: 'CVSS:3.1/AV:N', V3Score: 7.5 },
    ghsa: { V40Score: 9.3, V40Vector: 'CVSS:4.0/AV:N' },
  },
  ...more,
});

const reportOf = (results: Partial<TrivyResult>[], os?: TrivyReport['Metadata']['OS']): TrivyReport => ({
  SchemaVersion: 2,
  ArtifactName: '/input',
  ArtifactType: 'container_image',
  Metadata: { ImageID: layer, ...(os ? { OS: os } : {}) },
  Results: results.map((result) => ({ Target: '/input (debian 13.0)', Class: 'os-pkgs', Type: 'debian', ...result })),
});

describe('a finding', () => {
  it('keeps the rating of every source, with every version of its score', () => {
    const [finding] = normalise(reportOf([{ Vulnerabilities: [vulnerability()] }])).findings;
    expect(finding!.ratings).toEqual([
      { source: 'ghsa', severity: 'Critical', score: 9.3, vector: 'CVSS:4.0/AV:N' },
      { source: 'nvd', severity: 'High', score: 7.5, vector: 'CVSS:3.1/AV:N' },
      { source: 'nvd', severity: 'High', score: 5, vector: 'AV:N/AC:L/Au:N/C:N/I:N/A:P' },
      { source: 'redhat', severity: 'Medium' },
      { source: 'ubuntu', severity: 'Low' },
    ]);
  });

  it('gives the other fields the names of our events', () => {
    const packages = [
      {
        ID: 'libssl3@3.5.1-1',
        Name: 'libssl3',
        Version: '3.5.1',
        Release: '1',
        Epoch: 2,
        SrcName: 'openssl',
        Identifier: { PURL: 'pkg:deb/debian/libssl3' },
      },
    ];
    const { findings, packages: inventory } = normalise(
      reportOf([{ Packages: packages, Vulnerabilities: [vulnerability()] }]),
    );
    expect(findings).toEqual([
      {
        vulnerability: 'CVE-2026-1967',
        aliases: ['DSA-6061-1'],
        package: 'libssl3',
        packageType: 'debian',
        sourcePackage: 'openssl',
        installedVersion: '3.5.1-1',
        fixedVersion: '3.5.1-1+deb13u1',
        layer,
        severity: 'High',
        ratings: expect.any(Array) as [],
        references: ['https://example.org/1'],
        cwes: ['CWE-476'],
        publishedAt: '2026-11-20T00:00:00Z',
      },
    ]);
    expect(inventory).toEqual([
      {
        name: 'libssl3',
        version: '2:3.5.1-1',
        type: 'debian',
        sourcePackage: 'openssl',
        purl: 'pkg:deb/debian/libssl3',
        id: 'libssl3@3.5.1-1',
      },
    ]);
  });

  it('of the system has the vendor as its own source, if the severity is the one of the vendor', () => {
    const own = (more: Partial<TrivyVulnerability>, result: Partial<TrivyResult> = {}) =>
      normalise(reportOf([{ ...result, Vulnerabilities: [vulnerability(more)] }])).findings[0]!.ownSource;
    const vendor = { SeveritySource: 'debian', DataSource: { ID: 'debian' } };
    expect(own(vendor)).toBe('debian');
    expect(own({ ...vendor, SeveritySource: 'nvd' })).toBeUndefined();
    expect([own({}), own({ DataSource: null })]).toEqual([undefined, undefined]);
    expect(own({ SeveritySource: 'ghsa', DataSource: { ID: 'ghsa' } }, { Class: 'lang-pkgs' })).toBeUndefined();
  });

  it('is one for each package, type, version, path and vulnerability', () => {
    const twice = [
      vulnerability(),
      vulnerability({ Title: 'again' }),
      vulnerability({ InstalledVersion: '3.5.0-1' }),
      vulnerability({ VulnerabilityID: 'CVE-2026-1' }),
      vulnerability({ PkgPath: 'a' }),
    ];
    expect(
      normalise(reportOf([{ Vulnerabilities: twice }, { Vulnerabilities: [vulnerability()] }])).findings,
    ).toHaveLength(4);
  });

  it('of a language has the path of its package', () => {
    const result = { Class: 'lang-pkgs', Type: 'bundler', Target: 'app/Gemfile.lock' };
    expect(normalise(reportOf([{ ...result, Vulnerabilities: [vulnerability()] }])).findings[0]!.path).toBe(
      'app/Gemfile.lock',
    );
    expect(
      normalise(reportOf([{ ...result, Vulnerabilities: [vulnerability({ PkgPath: 'app/x.gemspec' })] }])).findings[0]!
        .path,
    ).toBe('app/x.gemspec');
    expect(normalise(reportOf([{ Vulnerabilities: [vulnerability()] }])).findings[0]!.path).toBeUndefined();
  });

  it('cannot be merged with another by a clever name', () => {
    const clever = [
      vulnerability({ PkgName: 'a","b', InstalledVersion: 'c' }),
      vulnerability({ PkgName: 'a', InstalledVersion: 'b","c' }),
    ];
    expect(normalise(reportOf([{ Vulnerabilities: clever }])).findings).toHaveLength(2);
  });

  it('with sources named like parts of JavaScript keeps them as names', () => {
    const item = JSON.parse(
      '{"VulnerabilityID":"__proto__","PkgName":"constructor","Severity":"LOW",' +
        '"VendorSeverity":{"__proto__":4,"constructor":1},"CVSS":{"__proto__":{"V3Score":9.8}}}',
    ) as TrivyVulnerability;
    const [finding] = normalise(reportOf([{ Vulnerabilities: [item] }])).findings;
    expect(finding!.ratings).toEqual([
      { source: '__proto__', severity: 'Critical', score: 9.8 },
      { source: 'constructor', severity: 'Low' },
    ]);
    expect(({} as { V3Score?: number }).V3Score).toBeUndefined();
  });

  it('has an unknown severity if no source gives a known one', () => {
    expect(['CRITICAL', 'high', 'NEGLIGIBLE', '', undefined, 'constructor'].map(asSeverity)).toEqual([
      'Critical',
      'High',
      'Unknown',
      'Unknown',
      'Unknown',
      'Unknown',
    ]);
    const bare = normalise(
      reportOf([{ Vulnerabilities: [vulnerability({ Severity: 'UNKNOWN', VendorSeverity: null, CVSS: null })] }]),
    ).findings[0]!;
    expect(bare).toMatchObject({ severity: 'Unknown', ratings: [] });
  });
});

describe('a package', () => {
  const inventory = (results: Partial<TrivyResult>[]) => normalise(reportOf(results)).packages;
  const purl = 'pkg:rpm/redhat/nodejs@18.20.2-2.el9';

  it('keeps the fields by which a scanner matches it to advisories, and its dependencies', () => {
    const all = {
      ID: 'nodejs@1:18.20.2-2.el9',
      Name: 'nodejs',
      Version: '18.20.2',
      Release: '2.el9',
      Epoch: 1,
      Identifier: { PURL: purl },
      SrcName: 'nodejs-src',
      SrcVersion: '18.20',
      SrcRelease: '3.el9',
      SrcEpoch: 2,
      Modularitylabel: 'nodejs:18',
      BuildInfo: { ContentSets: ['a', 'b', 'a'], Nvr: 'ubi9-1', Arch: 'x86_64' },
      Licenses: ['MIT', '', 'MIT', 'text://Do what you like'],
      DependsOn: ['glibc@2.34'],
      Layer: { Digest: layer },
    };
    expect(inventory([{ Type: 'redhat', Packages: [all] }])).toEqual([
      {
        name: 'nodejs',
        version: '1:18.20.2-2.el9',
        type: 'redhat',
        purl,
        sourcePackage: 'nodejs-src',
        sourceVersion: '2:18.20-3.el9',
        modularityLabel: 'nodejs:18',
        build: { contentSets: ['a', 'b'], nvr: 'ubi9-1', architecture: 'x86_64' },
        licenses: ['MIT', 'Do what you like'],
        dependsOn: ['glibc@2.34'],
        layer,
      },
    ]);
  });

  it('has no unknown fields, and none that repeats its name and version', () => {
    const bare = {
      ID: 'a@1',
      Name: 'a',
      Version: '1',
      SrcName: '',
      SrcVersion: '',
      Licenses: null,
      DependsOn: null,
      BuildInfo: null,
      Layer: {},
    };
    expect(inventory([{ Packages: [bare] }])).toEqual([{ name: 'a', version: '1', type: 'debian', purl: '' }]);
  });

  it('has a build even without content sets, for which Trivy takes no advisories', () => {
    expect(inventory([{ Packages: [{ Name: 'a', Version: '1', BuildInfo: { ContentSets: [] } }] }])).toEqual([
      { name: 'a', version: '1', type: 'debian', purl: '', build: {} },
    ]);
  });

  it('in two places is two packages', () => {
    const twice = [
      { Name: 'log4j', Version: '2', FilePath: 'a.jar' },
      { Name: 'log4j', Version: '2', FilePath: 'b.jar' },
      { Name: 'log4j', Version: '2', FilePath: 'b.jar' },
    ];
    expect(
      inventory([{ Class: 'lang-pkgs', Type: 'jar', Target: 'Java', Packages: twice }]).map(({ path, foundIn }) => [
        path,
        foundIn,
      ]),
    ).toEqual([
      ['a.jar', undefined],
      ['b.jar', undefined],
    ]);
    const files = ['a/yarn.lock', 'b/yarn.lock'].map((Target) => ({
      Class: 'lang-pkgs',
      Type: 'yarn',
      Target,
      Packages: [{ Name: 'x', Version: '1' }],
    }));
    expect(inventory(files).map(({ path, foundIn }) => [path, foundIn])).toEqual([
      [undefined, 'a/yarn.lock'],
      [undefined, 'b/yarn.lock'],
    ]);
  });
});

describe('the operating system', () => {
  it('has its end of life', () => {
    expect(normalise(reportOf([], { Family: 'debian', Name: '11.6', EOSL: true })).os).toEqual({
      family: 'debian',
      version: '11.6',
      endOfLife: true,
    });
    expect(normalise(reportOf([], { Family: 'alpine', Name: '3.20.3' })).os).toEqual({
      family: 'alpine',
      version: '3.20.3',
      endOfLife: false,
    });
  });

  it('with extended maintenance has the version whose advisories Trivy takes', () => {
    const versions = ['18.04', '18.04-ESM'].map(
      (Name) => normalise(reportOf([], { Family: 'ubuntu', Name, extended: true })).os?.version,
    );
    expect(versions).toEqual(['18.04-ESM', '18.04-ESM']);
  });

  it('is missing if the image has none', () => {
    expect(normalise(reportOf([]))).toEqual({ findings: [], packages: [] });
  });
});
