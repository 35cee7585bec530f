import { gzipSync } from 'node:zlib';
import type { FinalStatus, InputGroup, Input } from '../input.ts';
import { hold } from '../input.ts';
import { contained, failed, noPackages, stillFound, unhealthy } from '../making/contained.ts';
import { elfOf } from '../making/elf.ts';
import {
  assessed,
  debian,
  dpkgPackage,
  held,
  imageOf,
  imageWith,
  tarOf,
  vulnerable,
  type LayoutEntry,
} from '../making/image.ts';
import { pushed } from '../making/pushed.ts';
import { end, header, layerOfParts, unended } from '../making/tar.ts';
import { packed, packedZeros, zipOf } from '../making/zip.ts';

interface More {
  readonly source?: string;
  readonly ends?: FinalStatus | readonly FinalStatus[];
  readonly must?: string;
}

/** A good image with additional files that scanners read when they look for packages. */
const beside = (
  row: string,
  title: string,
  files: () => LayoutEntry[],
  { ends = [unhealthy, failed], must = 'contained; never healthy', ...more }: More = {},
): Input =>
  pushed({
    row,
    title,
    must,
    ends,
    ...more,
    ...(ends === unhealthy ? { also: stillFound } : {}),
    make: async ({ registry, name }) => ({
      digest: held(registry, await imageWith(name, [...assessed(), ...files()])),
    }),
  });

const mebibyte = 2 ** 20;
const text = (name: string, content: string | Buffer): LayoutEntry => ({ name, content });

/** YAML in which each line repeats the line before nine times. */
const aliases = [
  'a0: &a0 x',
  ...Array.from(
    { length: 11 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array.from({ length: 9 }, () => `*a${at}`).join(', ')}]`,
  ),
].join('\n');
/** XML in which each entity repeats the entity before ten times. */
const entities =
  '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e0 "x">' +
  Array.from({ length: 11 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('') +
  ']><project><groupId>&e11;</groupId><artifactId>a</artifactId><version>1</version></project>';
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

const readable = dpkgPackage('apt') + dpkgPackage('bash');

/** Names that attack a component that shows them. */
const names = [
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  '=cmd|calc',
  '\u202etxt.exe',
  'long'.repeat(10_000),
];

const bdb = (): Buffer => {
  // A Berkeley hash database whose first page names itself as the next.
  const pages = Buffer.alloc(4096 * 3);
  pages.writeUInt32LE(0x061561, 12);
  pages.writeUInt32LE(9, 16);
  pages.writeUInt32LE(4096, 20);
  pages[25] = 8;
  pages.writeUInt32LE(2, 32);
  for (const page of [1, 2]) {
    pages.writeUInt32LE(page, page * 4096 + 8);
    pages.writeUInt32LE(page, page * 4096 + 16);
    pages.writeUInt16LE(2, page * 4096 + 20);
    pages[page * 4096 + 25] = page === 1 ? 13 : 7;
    pages.writeUInt16LE(4000, page * 4096 + 26);
    pages.writeUInt16LE(3900, page * 4096 + 28);
    pages[page * 4096 + 3900] = 3;
    pages.writeUInt32LE(page, page * 4096 + 3904);
    pages.writeUInt32LE(0x7fffffff, page * 4096 + 3908);
  }
  return pages;
};

const sqlite = (): Buffer => {
  const page = Buffer.alloc(4096);
  page.write('SQLite format 3\0', 0, 'latin1');
  page.writeUInt16BE(4096, 16);
  Buffer.from([1, 1, 0, 64, 32, 32]).copy(page, 18);
  page.writeUInt32BE(1, 28);
  // An inner page whose only child is itself.
  page[100] = 5;
  page.writeUInt16BE(0xffff, 103);
  page.writeUInt32BE(1, 108);
  return page;
};

/** Jars nested to this depth. */
const nestedJars = (depth: number): Buffer => {
  let jar = zipOf({ 'META-INF/MANIFEST.MF': packed('Implementation-Title: a\nImplementation-Version: 1\n') });
  for (let at = 0; at < depth; at += 1) jar = zipOf({ [`lib/${at}.jar`]: packed(jar) });
  return jar;
};

/** Zeros under a zlib header. The checksum at the end is wrong, but limits stop a reader before it gets there. */
const zlibZeros = (mebibytes: number): Buffer =>
  Buffer.concat([Buffer.from([0x78, 0x9c]), packedZeros(mebibytes).bytes, Buffer.alloc(4)]);

const gzipZeros = (mebibytes: number): Buffer => {
  const member = gzipSync(Buffer.alloc(16 * mebibyte));
  return Buffer.alloc(member.length * Math.ceil(mebibytes / 16), member);
};

/** Databases, lock files, archives and programs that scanners recognise packages by. */
export const packages: InputGroup = {
  name: 'packages',
  inputs: [
    pushed({
      row: 'I10',
      title: '300,000 packages',
      must: 'timed out or a full result, never a cut one',
      ends: [{ status: 'healthy' }, unhealthy, failed],
      make: async ({ registry, name }) => ({
        digest: held(
          registry,
          await imageWith(
            name,
            debian(
              dpkgPackage('apt'),
              dpkgPackage('bash'),
              Array.from({ length: 300_000 }, (_, at) => dpkgPackage(`p${at}`)).join(''),
              dpkgPackage('libssl3', '3.5.1-1', 'openssl'),
            ),
          ),
        ),
      }),
      also: async (ended) => {
        if (ended.status !== 'undetermined') await stillFound(ended);
      },
    }),
    pushed({
      row: 'I12',
      title: 'hostile names',
      must: 'stored as data, escaped, in no log line',
      ends: unhealthy,
      make: async ({ registry, name }) => ({
        digest: held(
          registry,
          await imageWith(
            name,
            assessed(...names.map((each) => dpkgPackage(each, '3.5.1-1', 'openssl')), dpkgPackage('esc\u001b[31m')),
          ),
        ),
      }),
      also: async ({ world, digest, repository }) => {
        const found = new Set((await world.suite.findings(digest, repository)).map((each) => String(each.package)));
        hold(
          names.every((each) => found.has(each)),
          `these names are not as they were: ${names
            .filter((each) => !found.has(each))
            .map((each) => each.slice(0, 20))
            .join(', ')}`,
        );
        hold(
          !['\u202e', '\u001b[31m', 'longlong'].some((each) => world.suite.output.includes(each)),
          'the log repeats a name',
        );
      },
    }),
    beside('I21', 'YAML aliases 9^11, XML entities 10^11, JSON 300,000 deep', () => [
      text('app/pnpm-lock.yaml', `lockfileVersion: '6.0'\n${aliases}\n`),
      text('app/yarn.lock', aliases),
      text('app/pom.xml', entities),
      text(
        'app/package-lock.json',
        `{"lockfileVersion":2,"packages":${nested('{"a":', '}', 300_000).replace('}', '1}')}}`,
      ),
      text('app/composer.lock', nested('[', ']', 300_000)),
    ]),
    pushed({
      row: 'I24',
      title: 'one line of 138 MB of near-secrets',
      must: 'contained',
      ends: [unhealthy, failed],
      make: async ({ registry, name }) => {
        const line = Buffer.from('AKIA0123456789ABCDE "aws_secret_key": '.repeat(16_384));
        const times = 232;
        return {
          digest: held(
            registry,
            imageOf(
              [
                await layerOfParts(
                  {
                    bytes: Buffer.concat([
                      unended(await tarOf(assessed())),
                      header({ name: 'app/config.json', size: line.length * times }),
                    ]),
                  },
                  { bytes: line, times },
                  { bytes: Buffer.concat([Buffer.alloc((512 - ((line.length * times) % 512)) % 512), end]) },
                ),
              ],
              { author: name },
            ),
          ),
        };
      },
    }),
    ...Object.entries({
      'a byte order mark before its first package': `\ufeff${vulnerable}${readable}`,
      'a line that is none': `${readable}\0\n${vulnerable}`,
      'a version that is none': readable + vulnerable.replace('3.5.1-1', 'abc:xyz~~'),
    }).map(([kind, list]) =>
      pushed({
        row: 'beyond',
        title: `a package list with ${kind}`,
        source: 'measured: the scanner warns, leaves out what it could not read, and ends well',
        must: 'never healthy',
        ends: { status: 'undetermined', reason: 'packages-unreadable' },
        make: async ({ registry, name }) => ({ digest: held(registry, await imageWith(name, debian(list))) }),
      }),
    ),
    beside('beyond', 'XML nested 300,000 deep', () => [text('app/pom.xml', nested('<a>', '</a>', 300_000))], {
      source: 'CVE-2022-30633, CVE-2022-28131: a stack that ends in encoding/xml',
    }),
    beside(
      'beyond',
      'TOML and Ruby nested 100,000 deep',
      () => [
        text('app/poetry.lock', `a = ${nested('[', ']', 100_000)}`),
        text('app/Cargo.lock', `a = ${nested('{a=', '}', 100_000)}`),
        text('app/Gemfile.lock', `GEM\n  specs:\n${' '.repeat(100_000)}a (1)`),
      ],
      { source: 'idea: parsers that recurse' },
    ),
    beside(
      'beyond',
      'dependencies that depend on themselves',
      () => [
        text(
          'app/package-lock.json',
          JSON.stringify({
            lockfileVersion: 1,
            dependencies: {
              a: { version: '1', requires: { b: '1' }, dependencies: { a: { version: '1', requires: { a: '1' } } } },
              b: { version: '1', requires: { a: '1' } },
            },
          }),
        ),
        text(
          'app/package.json',
          '{"name":"a","version":"1","dependencies":{"a":"*"},"workspaces":["../../..",".","**"]}',
        ),
        text(
          'app/pom.xml',
          '<project><parent><groupId>g</groupId><artifactId>a</artifactId><version>1<' +
            '/version><relativePath>./pom.xml</relativePath></parent><groupId>g</groupId><artifactId>a<' +
            '/artifactId><version>1</version></project>',
        ),
      ],
      { source: 'idea: circles' },
    ),
    beside(
      'beyond',
      'a pom whose parent is a file of the host and whose repository is elsewhere',
      () => [
        text(
          'app/pom.xml',
          '<project><repositories><repository><id>x</id><url>http://127.0.0.1:1/</url></repository></repositories><parent><groupId>g</groupId><artifactId>a</artifactId><version>1</version><relativePath>../../../../etc/passwd</relativePath></parent></project>',
        ),
      ],
      { source: 'idea: what a build file may name' },
    ),
    beside(
      'beyond',
      'a jar whose manifest is 1 GiB of zeros',
      () => [text('app/a.jar', zipOf({ 'META-INF/MANIFEST.MF': packedZeros(1024) }))],
      { source: 'zip bombs, as in CVE-2019-9674' },
    ),
    beside(
      'beyond',
      'a jar that names the same bytes 60,000 times',
      () => [text('app/a.jar', zipOf({ 'pom.properties': packedZeros(16) }, { times: 60_000 }))],
      { source: 'overlapping entries: a better zip bomb, CVE-2019-13232' },
    ),
    beside(
      'beyond',
      'a jar that promises more entries than it has',
      () => [text('app/a.jar', zipOf({ 'META-INF/MANIFEST.MF': packed('x') }, { entries: 0xffff, size: 0xfffffffe }))],
      { source: 'CVE-2021-33196, CVE-2021-41772 of archive/zip' },
    ),
    beside(
      'beyond',
      'a jar whose end says otherwise than the end of the file',
      () => [
        text(
          'app/a.jar',
          Buffer.concat([
            zipOf({ 'META-INF/MANIFEST.MF': packed('x') }),
            zipOf({ 'META-INF/MANIFEST.MF': packed('y') }).subarray(-22),
            Buffer.alloc(100, 'PK\u0005\u0006'),
          ]),
        ),
      ],
      { source: 'CVE-2024-24789 of archive/zip: two readings of one archive' },
    ),
    beside('beyond', 'jars within jars, 100 deep', () => [text('app/a.jar', nestedJars(100))], {
      source: 'idea: an archive that is never at its end',
    }),
    beside(
      'beyond',
      'files of a jar that leave',
      () => [
        text(
          'app/a.jar',
          zipOf({ '../../../../../../tmp/evil.jar': packed(nestedJars(1)), '/etc/cron.d/evil': packed('x') }),
        ),
      ],
      { source: 'CVE-2018-1002200: zip slip' },
    ),
    beside(
      'beyond',
      'an egg whose metadata is 512 MB of zeros',
      () => [text('usr/lib/python3/dist-packages/a.egg', zipOf({ 'EGG-INFO/PKG-INFO': packedZeros(512) }))],
      { source: 'zip bombs, as in CVE-2019-9674' },
    ),
    beside(
      'beyond',
      'a program whose sections are exabytes',
      () => [
        {
          ...text(
            'app/exabytes',
            elfOf([
              { name: '.go.buildinfo', content: Buffer.from('\xff Go buildinf:', 'latin1'), size: 2n ** 62n },
              { name: '.dep-v0', content: Buffer.from('x'), size: 2n ** 63n - 1n },
            ]),
          ),
          mode: 0o755,
        },
      ],
      { source: 'idea: sizes that only a table says' },
    ),
    beside(
      'beyond',
      'a program with 65,535 sections that are not there',
      () => [
        {
          ...text('app/sections', elfOf([{ name: '.note.go.buildid', content: Buffer.from('x') }], { count: 0xfffe })),
          mode: 0o755,
        },
      ],
      { source: 'idea: tables that lie' },
    ),
    beside(
      'beyond',
      'a program of Rust whose list of crates unpacks to 1 GiB',
      () => [{ ...text('app/rust', elfOf([{ name: '.dep-v0', content: zlibZeros(1024) }])), mode: 0o755 }],
      { source: 'idea: a bomb where nobody looks for archives' },
    ),
    beside(
      'beyond',
      'a program of Go whose build info points to itself',
      () => [
        {
          ...text(
            'app/go',
            elfOf([
              {
                name: '.go.buildinfo',
                content: Buffer.concat([
                  Buffer.from('\xff Go buildinf:', 'latin1'),
                  Buffer.from([8, 2]),
                  Buffer.alloc(16),
                  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
                ]),
              },
            ]),
          ),
          mode: 0o755,
        },
      ],
      { source: 'CVE-2020-16845: varints without end' },
    ),
    beside(
      'beyond',
      'an rpm database of Berkeley that goes round in circles',
      () => [text('var/lib/rpm/Packages', bdb())],
      { source: 'idea: overflow pages that lead to themselves' },
    ),
    beside(
      'beyond',
      'an rpm database of SQLite whose page is its own child',
      () => [
        text('usr/lib/sysimage/rpm/rpmdb.sqlite', sqlite()),
        text('var/lib/rpm/Packages.db', Buffer.concat([Buffer.from('RpmP'), Buffer.alloc(4092, 0xff)])),
      ],
      { source: 'idea: databases that are not what they say' },
    ),
    beside(
      'beyond',
      'a line of 100 MB in a list of apk and in os-release',
      () => [
        text('lib/apk/db/installed', `P:${'x'.repeat(100 * mebibyte)}`),
        text('usr/lib/os-release', `ID=${'x'.repeat(10 * mebibyte)}`),
      ],
      { source: 'bufio.Scanner: token too long', ends: contained },
    ),
    beside(
      'beyond',
      'an SBOM that says there is nothing',
      () => [
        text(
          'usr/share/sbom/a.cdx.json',
          JSON.stringify({
            bomFormat: 'CycloneDX',
            specVersion: '1.6',
            version: 1,
            components: [],
            metadata: { component: { type: 'operating-system', name: 'alpine', version: '3.20' } },
          }),
        ),
        text('var/lib/db/sbom/a.spdx.json', '{"spdxVersion":"SPDX-2.3","packages":[]}'),
        text('opt/bitnami/a/.spdx-a.spdx', '{"spdxVersion":"SPDX-2.3","packages":[]}'),
      ],
      { source: 'idea: an image that vouches for itself', ends: unhealthy, must: 'the vulnerable package is found' },
    ),
    beside(
      'beyond',
      'an SBOM of components within components, 9,000 deep, and references in circles',
      () => [
        text(
          'usr/share/sbom/a.cdx.json',
          '{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[' +
            nested('{"type":"library","name":"a","bom-ref":"a","components":[', ']}', 9000) +
            ']}',
        ),
        text(
          'usr/share/sbom/b.cdx.json',
          JSON.stringify({
            bomFormat: 'CycloneDX',
            specVersion: '1.6',
            version: 1,
            components: [{ 'bom-ref': 'a', type: 'library', name: 'a', version: '1', purl: 'pkg:npm/a@1' }],
            dependencies: [
              { ref: 'a', dependsOn: ['a', 'b'] },
              { ref: 'b', dependsOn: ['a'] },
            ],
          }),
        ),
        text(
          'opt/x/.spdx-x.spdx',
          JSON.stringify({
            spdxVersion: 'SPDX-2.3',
            SPDXID: 'SPDXRef-DOCUMENT',
            name: 'x',
            packages: [{ SPDXID: 'SPDXRef-a', name: 'a' }],
            relationships: [
              { spdxElementId: 'SPDXRef-a', relatedSpdxElement: 'SPDXRef-a', relationshipType: 'CONTAINS' },
            ],
          }),
        ),
      ],
      { source: 'idea: SBOM readers that recurse' },
    ),
    beside(
      'beyond',
      'versions that are slow to compare',
      () => [
        text(
          'app/package-lock.json',
          JSON.stringify({
            lockfileVersion: 3,
            packages: {
              'node_modules/lodash': { version: `4.${'0'.repeat(100_000)}.0-${'a-'.repeat(50_000)}` },
              'node_modules/minimist': { version: `${'1.'.repeat(100_000)}1` },
            },
          }),
        ),
        text('app/requirements.txt', `django==${'1!'.repeat(50_000)}1.${'a'.repeat(50_000)}\n`),
      ],
      { source: 'CVE-2022-25883 of semver: regular expressions that take for ever' },
    ),
    beside(
      'beyond',
      'a package list with CVE numbers, commands and markup in every field',
      () => [
        text(
          'var/lib/dpkg/status.d/x',
          `Package: =cmd|calc\nStatus: install ok installed\nVersion: 1;rm -rf /\nSource: <b>x</b> ` +
            `($(id))\nMaintainer: \u001b]0;x\u0007\nDescription: CVE-2026-1\n\n`,
        ),
      ],
      { source: "idea: fields that end in somebody's shell" },
    ),
    beside(
      'beyond',
      'a gzip bomb of 1 GiB among the documents',
      () => [text('usr/share/doc/a/changelog.gz', gzipZeros(1024))],
      { source: 'idea: nobody has to look into it', ends: unhealthy },
    ),
    pushed({
      row: 'beyond',
      title: 'a package with a name of 100 kB',
      source: 'measured: a line that long ends the list, and the scanner ends well',
      must: 'never healthy',
      ends: [noPackages, failed],
      make: async ({ registry, name }) => ({
        digest: held(
          registry,
          await imageWith(name, debian(dpkgPackage('apt'), dpkgPackage('bash'), dpkgPackage('x'.repeat(100_000)))),
        ),
      }),
    }),
  ],
};
