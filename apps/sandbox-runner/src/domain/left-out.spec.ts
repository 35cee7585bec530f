import type { Package } from '@assay/events';
import { describe, expect, it } from 'vitest';
import { leftOutOf, manifestsDiffer, type SeenManifest } from './left-out.ts';

const manifest = (language: string, name: string, version: string, more: Partial<SeenManifest> = {}): SeenManifest => ({
  path: `app/${name}`,
  language,
  packages: [[name, version]],
  ...more,
});
const reported = (type: string, name: string, version: string, more: Partial<Package> = {}): Package => ({
  type,
  name,
  version,
  purl: '',
  ...more,
});

describe('a report leaves out', () => {
  it.each<[string, SeenManifest, Package]>([
    [
      'npm',
      manifest('node', '@a/b', '1.0.0'),
      { ...reported('node-pkg', '@a/b', '1.0.0'), purl: 'pkg:npm/%40a/b@1.0.0', path: 'app/@a/b' },
    ],
    [
      'pip',
      manifest('python', 'Foo_Bar', '1.0'),
      { ...reported('python-pkg', 'Foo_Bar', '1.0'), purl: 'pkg:pypi/foo-bar@1.0', path: 'app/Foo_Bar' },
    ],
    [
      'gem',
      manifest('ruby', 'rake', '13.0'),
      { ...reported('gemspec', 'rake', '13.0'), purl: 'pkg:gem/rake@13.0', path: 'app/rake' },
    ],
    [
      'composer',
      manifest('php', 'a/b', 'v1.0'),
      { ...reported('composer-vendor', 'a/b', 'v1.0'), purl: 'pkg:composer/a/b@v1.0', foundIn: 'app/a/b' },
    ],
    [
      'nuget',
      manifest('dotnet', 'A.B', '1.0'),
      { ...reported('dotnet-core', 'A.B', '1.0'), purl: 'pkg:nuget/A.B@1.0', foundIn: 'app/A.B' },
    ],
  ])('a package of %s that it does not list in this version', (_, seen, left) => {
    const { type, name, version } = left;
    expect(leftOutOf([], [seen, seen])).toEqual({ packages: [left], unread: [] });
    expect(leftOutOf([reported(type, name, '9.9.9'), reported('jar', name, version)], [seen]).packages).toEqual([left]);
    expect(leftOutOf([reported(type, name, version, { path: 'elsewhere' })], [seen]).packages).toEqual([]);
  });

  it('nothing for a name or a version that is the same in the index of its packages', () => {
    expect(leftOutOf([reported('python-pkg', 'foo.bar', '1')], [manifest('python', 'Foo_Bar', '1')]).packages).toEqual(
      [],
    );
    expect(leftOutOf([reported('composer-vendor', 'a/b', '1')], [manifest('php', 'a/b', 'v1')]).packages).toEqual([]);
  });

  it('a manifest of which nothing is known, unless it lists something of it', () => {
    const unread = { path: 'app/x', leadsTo: 'opt/y', language: 'node', packages: [], unread: 'not-read' };
    expect(leftOutOf([], [unread]).unread).toEqual([unread]);
    for (const path of ['app/x', 'opt/y'])
      expect(leftOutOf([reported('node-pkg', 'a', '1', { path })], [unread]).unread).toEqual([]);
    const banana = { ...unread, unread: 'no-version' };
    expect(leftOutOf([reported('node-pkg', 'a', 'banana', { path: 'app/x' })], [banana]).unread).toEqual([banana]);
  });
});

it('what stays left out is one difference, with paths', () => {
  const unread = { path: 'app/x', language: 'java', packages: [], unread: 'another-name' };
  expect(manifestsDiffer({ packages: [], unread: [] })).toEqual([]);
  expect(manifestsDiffer(leftOutOf([], [manifest('php', 'a/b', '1.0'), unread]))).toEqual([
    {
      what: 'manifests',
      path: 'app/x',
      scanner: 0,
      witness: 2,
      examples: ['app/x (another-name)', 'app/a/b: a/b 1.0'],
    },
  ]);
});
