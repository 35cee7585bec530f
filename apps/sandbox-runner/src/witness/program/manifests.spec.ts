import { describe, expect, it } from 'vitest';
import { file, hardlink, other, summaryOf, symlink, way } from '../../../test/summaries.ts';
import type { FoundManifest, KeptEntry, LanguageKind, LanguageManifest } from './answer.ts';
import { languageAt, ManifestReader, manifestsIn, namesFiles, OwnedReader } from './manifests.ts';
import { Tree } from './tree.ts';

describe('the language of a manifest', () => {
  it.each([
    ['usr/lib/node_modules/npm/package.json', 'node'],
    ['node_modules/@scope/name/package.json', 'node'],
    ['usr/lib/python3/dist-packages/six-1.16.dist-info/METADATA', 'python'],
    ['usr/lib/python3/dist-packages/six-1.16.egg-info/PKG-INFO', 'python'],
    ['usr/lib/python3/dist-packages/six-1.16.dist-info/PKG-INFO', 'python'],
    ['usr/lib/python3/dist-packages/six-1.16.DIST-INFO/METADATA', 'python'],
    ['usr/lib/python3/dist-packages/six-1.16.egg-info', 'python'],
    ['usr/lib/ruby/gems/3.1/specifications/rake-13.gemspec', 'ruby'],
    ['usr/lib/ruby/gems/3.1/specifications/default/json-2.gemspec', 'ruby'],
    ['opt/app.jar', 'java'],
    ['opt/app.war', 'java'],
    ['app/vendor/composer/installed.json', 'php'],
    ['app/My.App.deps.json', 'dotnet'],
    ['opt/APP.JAR', 'java'],
    ['app/node_modules/.pnpm/a@1.0.0/node_modules/@b/c/package.json', 'node'],
    ['app/node_modules/.pnpm/node_modules/a/package.json', 'node'],
    ['app/node_modules/a/node_modules/@b/c/package.json', 'node'],
    ['app/.yarn/cache/lodash-npm-4.17.20-6b8b7fa0ab-b31afa0973.zip', 'node'],
    ['root/.yarn/berry/cache/lodash-npm-4.17.20-6b8b7fa0ab-10c0.zip', 'node'],
  ])('of %s is %s', (path, language) => {
    expect(languageAt(path)).toBe(language);
  });

  it.each([
    'app/package.json',
    'node_modules/a/lib/package.json',
    'node_modules/a/test/node_modules/b/package.json',
    'node_modules/.cache/package.json',
    'usr/lib/python3/setuptools/_vendor/six-1.16.dist-info/METADATA',
    'app/test/installed.json',
    'app/a.gemspec',
    'opt/jar',
    'etc/os-release',
  ])('is unknown for %s', (path) => {
    expect(languageAt(path)).toBe(undefined);
  });
});

const read = (path: string, content: string | Buffer): LanguageManifest | undefined => {
  const bytes = Buffer.from(content);
  const reader = ManifestReader.for(path, bytes.subarray(0, 4096), bytes.length);
  for (let at = 0; at < bytes.length; at += 100) reader?.write(bytes.subarray(at, at + 100));
  return reader?.end();
};

describe('a manifest', () => {
  const node = 'node_modules/lodash/package.json';
  const python = 'usr/lib/python3/site-packages/Six-1.16.dist-info/METADATA';
  const ruby = 'specifications/rake-13.0.6.gemspec';
  const php = 'vendor/composer/installed.json';
  const dotnet = 'app/a.deps.json';
  const libraries =
    '"libraries":{"a/1.0.0":{"type":"project"},"B.C/2.0.0":{"type":"package"},"d/3.0.0":{"type":"package"}}';
  it.each<[string, string, string, [string, string][]]>([
    ['npm', node, '{"name":"lodash","version":"4.17.20"}', [['lodash', '4.17.20']]],
    ['npm with a byte order mark', node, '\ufeff{"name":"lodash","version":"4.17.20"}', [['lodash', '4.17.20']]],
    [
      'npm, whose keys have one case',
      node,
      '{"name":"a","version":"1.0.0","Version":"9.9.9","NAME":"b"}',
      [['a', '1.0.0']],
    ],
    ['npm, of which the last key counts', node, '{"version":"1.0.0","name":"a","version":"2.0.0"}', [['a', '2.0.0']]],
    ['npm, which cleans versions', node, '{"name":"@a/b","version":" =v1.0.0-rc.1 "}', [['@a/b', '1.0.0-rc.1']]],
    ['npm without a name', 'a/node_modules/@b/c/package.json', '{"version":"1.0.0"}', [['@b/c', '1.0.0']]],
    ['npm without a version', node, '{"name":"lodash"}', []],
    ['npm that is none', node, '{"name":"lodash",', []],
    ['pip', python, 'Metadata-Version: 2.1\nName: Six\nVersion: 1.16\n\nName: b\n', [['Six', '1.16']]],
    ['pip in other lines', python, 'From me\nMetadata-Version: 2.1\rName: a\rVersion: 1\r\rName: b\r', [['a', '1']]],
    ['pip in other letters', python, 'name:Six\r\nVERSION : 1.16 \r\n\r\n', [['Six', '1.16']]],
    [
      'gem',
      ruby,
      'Gem::Specification.new do |s|\n  s.name = "rake".freeze\n  s.version = "13.0.6"\nend\n',
      [['rake', '13.0.6']],
    ],
    ['gem by its first lines', ruby, '# stub: rack 2.0.0 ruby lib\ns.name = ["ra", "ck"].join\n', [['rack', '2.0.0']]],
    ['gem by its arguments', ruby, 'Gem::Specification.new("rack", "2.0.0") { |s| }\n', [['rack', '2.0.0']]],
    ['gem in the older form', ruby, "s.name = 'rake'\ns.version = Gem::Version.new('13.0.6')\n", [['rake', '13.0.6']]],
    ['composer', php, '{"packages":[{"name":"a/b","version":"v1.0"},{"name":"c"}]}', [['a/b', 'v1.0']]],
    ['the first composer', php, '[{"name":"a/b","version":"1.0"}]', [['a/b', '1.0']]],
    [
      '.NET with a comment, a comma and a byte order mark',
      dotnet,
      `\ufeff// "no"\n{${libraries},/* x */}`,
      [
        ['B.C', '2.0.0'],
        ['d', '3.0.0'],
      ],
    ],
    [
      '.NET, of which a library has nothing to load',
      dotnet,
      '{"runtimeTarget":{"name":"n"},"targets":{"n":{"B.C/2.0.0":{"runtime":{"lib/a.dll":{}}},"d/3.0.0":{}}},' +
        `${libraries}}`,
      [['B.C', '2.0.0']],
    ],
    [
      'Yarn',
      'app/.yarn/cache/@babel-code-frame-npm-7.0.0-beta.1-6b8b7fa0ab-b31afa0973.zip',
      'PK\x03\x04\0node_modules/PK\x03\x04\0node_modules/@babel/PK\x03\x04\0node_modules/@babel/code-frame/',
      [['@babel/code-frame', '7.0.0-beta.1']],
    ],
  ])('of %s', (_, path, content, packages) => {
    expect(read(path, content)?.packages).toEqual(packages);
  });

  it('is known by its content under any name, for the links to it', () => {
    expect(read('store/ab/0123', '{"name":"a","version":"1.0.0"}')).toMatchObject({ language: 'node' });
    expect(read('store/ab/0123', 'Metadata-Version: 2.1\nName: a\nVersion: 1\n')).toMatchObject({ language: 'python' });
    expect(read('store/ab/0123', '{"a":1}')).toBe(undefined);
  });

  it('is unread if its version is none, or if readers take either of two fields', () => {
    expect(read(node, '{"name":"lodash","version":"banana"}')).toMatchObject({ packages: [], unread: 'no-version' });
    expect(read(dotnet, `{${libraries},"libraries":null}`)).toMatchObject({ unread: 'a-field-twice' });
    expect(read(dotnet, `{${libraries}}`)).not.toHaveProperty('unread');
  });

  it('is unread if it is too large, unless its beginning is enough', () => {
    const long = ' '.repeat(5 * 2 ** 20);
    expect(read(node, `{"name":"a",${long}"version":"1.0.0"}`)).toEqual({
      language: 'node',
      packages: [],
      unread: 'too-large',
    });
    expect(read(python, `Name: a\nVersion: 1\n\n${long}`)?.packages).toEqual([['a', '1']]);
  });
});

it('files that the system brought are named by dpkg and apk', () => {
  const owned = (text: string): readonly string[] => {
    const reader = new OwnedReader();
    reader.write(Buffer.from(text));
    return reader.end();
  };
  const path = 'usr/lib/python3/dist-packages/six-1.16.egg-info';
  expect(owned(`/.\n/usr\n/${path}\n/usr/bin/x\n`)).toEqual([path]);
  expect(owned(`d41d8cd98f00b204e9800998ecf8427e  ${path}\n`)).toEqual([path]);
  expect(owned('P:py3-six\nF:usr/lib/python3/site-packages\nR:six-1.16.egg-info\nR:x\n')).toEqual([
    'usr/lib/python3/site-packages/six-1.16.egg-info',
  ]);
  expect(
    ['var/lib/dpkg/info/a.list', 'var/lib/dpkg/status.d/a.md5sums', 'lib/apk/db/installed'].every(namesFiles),
  ).toBe(true);
  expect(['var/lib/dpkg/info/a.postinst', 'opt/a.list'].some(namesFiles)).toBe(false);
});

describe('the manifests of an image', () => {
  const content = (path: string, name: string, language: LanguageKind = 'node'): KeptEntry => ({
    path,
    is: 'file',
    manifest: { language, packages: [[name, '1.0.0']] },
  });
  const found = (kept: readonly KeptEntry[], owned: readonly string[] = [], files: readonly string[] = []): string[] =>
    manifestsIn(new Tree([summaryOf(kept, { files })]), new Set(owned)).map(
      ({ path, leadsTo, packages, unread }: FoundManifest) =>
        `${path}${leadsTo === undefined ? '' : ` -> ${leadsTo}`}: ` +
        (unread ?? packages.map(([name]) => name).join(' ')),
    );
  const lodash = 'app/node_modules/lodash/package.json';

  it('are those at the places of their tools', () => {
    expect(found([content(lodash, 'lodash'), content('app/package.json', 'app')])).toEqual([`${lodash}: lodash`]);
  });

  it('are not those that a package of the system brought', () => {
    expect(found([content(lodash, 'lodash')], [lodash])).toEqual([]);
  });

  it('are found through links', () => {
    const store = content('store/0123', 'lodash');
    const linked = `${lodash} -> store/0123: lodash`;
    expect(found([store, symlink(lodash, '/store/0123')])).toEqual([linked]);
    expect(found([store, { ...store, path: lodash, as: 'store/0123' } as KeptEntry])).toEqual([linked]);
    expect(found([store, hardlink(lodash, 'store/0123')])).toEqual([linked]);
    const folder = symlink('app/node_modules/lodash', '/opt/x');
    expect(found([folder, content('opt/x/package.json', 'lodash')])).toEqual([
      `${lodash} -> opt/x/package.json: lodash`,
    ]);
    expect(found([symlink('gems/specifications', '/opt'), content('opt/a.gemspec', 'a', 'ruby')])).toEqual([
      'gems/specifications/a.gemspec -> opt/a.gemspec: a',
    ]);
  });

  it('are unread without content, and are not there if a link leads to nothing', () => {
    expect(found([other(lodash)])).toEqual([`${lodash}: not-read`]);
    expect(found([way('opt'), symlink(lodash, '/opt/text')], [], ['opt/text'])).toEqual([
      `${lodash} -> opt/text: not-read`,
    ]);
    expect(found([symlink(lodash, '/proc/self/root/opt/x')])).toEqual([`${lodash} -> proc/self/root/opt/x: not-read`]);
    expect(found([symlink(lodash, '/gone'), way('app/node_modules/b/package.json')])).toEqual([]);
  });

  it('of Java are archives: one that the scanner opens under another name is the same', () => {
    const jar = content('opt/a.jar', 'a', 'java');
    expect(found([jar, symlink('srv/b.jar', '/opt/a.jar')])).toEqual(['opt/a.jar: a']);
    expect(found([way('opt'), symlink('srv/b.jar', '/opt/blob')], [], ['opt/blob'])).toEqual([
      'srv/b.jar -> opt/blob: another-name',
    ]);
  });

  it('of .NET lie beside their programs, and those of Yarn beside its program', () => {
    const deps = content('app/a.deps.json', 'a', 'dotnet');
    expect(found([deps])).toEqual([]);
    expect(found([deps], [], ['app/a.dll'])).toEqual(['app/a.deps.json: a']);
    const zip = content('app/.yarn/cache/a-npm-1.0.0-6b8b7fa0ab-b31afa0973.zip', 'a');
    expect(found([zip])).toEqual([]);
    expect(found([zip, file('app/.pnp.cjs')])).toHaveLength(1);
  });
});
