import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  blobOf,
  descriptorOf,
  manifestOf,
  ociConfig,
  ociLayer,
  type FakeImage,
} from '../../../libs/registry/test/fake-registry.ts';
import { dpkgPackage, sha256, tarOf, type LayoutEntry } from '../../../apps/sandbox-runner/test/layouts.ts';
import { supports } from '../bare.ts';
import { byteEdits, edited, type ByteEdit } from '../mutating/bytes.ts';
import { editedJson, jsonEdits, type JsonEdit } from '../mutating/json.ts';
import { expectThat, type FuzzTarget } from '../target.ts';
import { verdictOf } from '../verdict.ts';
import type { FuzzWorld } from '../world.ts';

interface ImageCase {
  readonly system: System;
  readonly vulnerable: boolean;
  readonly database: readonly ByteEdit[];
  readonly release: readonly ByteEdit[];
  readonly tar: readonly ByteEdit[];
  /** True if the checksums of the archive's headers are corrected, so that readers get as far as the changes. */
  readonly summed: boolean;
  readonly config: readonly JsonEdit[];
  readonly manifest: readonly JsonEdit[];
  /** Files of a layer on top, by their names. */
  readonly over: readonly { readonly name: string; readonly edits: readonly ByteEdit[] }[];
}

const apkPackage = (name: string, version: string, origin = name): string =>
  `C:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\nP:${name}\nV:${version}\nA:x86_64\nT:a ` +
  `package\nL:MIT\no:${origin}\nF:bin\nR:${name}\n\n`;

/** A header of one package as rpm stores it: texts by tag. */
const rpmHeader = (name: string, version: string): Buffer => {
  const texts = [
    [1000, name],
    [1001, version],
    [1002, '1.el9'],
    [1022, 'x86_64'],
    [1044, `${name}-${version}-1.el9.src.rpm`],
  ] as const;
  const head = Buffer.alloc(8 + 16 * texts.length);
  const store = Buffer.from(texts.map(([, text]) => `${text}\0`).join(''));
  head.writeUInt32BE(texts.length, 0);
  head.writeUInt32BE(store.length, 4);
  let offset = 0;
  for (const [at, [tag, text]] of texts.entries()) {
    [tag, 6, offset, 1].forEach((value, column) => head.writeUInt32BE(value, 8 + 16 * at + 4 * column));
    offset += Buffer.byteLength(text) + 1;
  }
  return Buffer.concat([head, store]);
};

const rpmDatabase = (): Buffer => {
  const database = new DatabaseSync(':memory:');
  database.exec('create table Packages (hnum integer primary key autoincrement, blob blob not null)');
  for (const name of ['bash', 'rpm', 'dnf', 'openssl-libs'])
    database.prepare('insert into Packages (blob) values (?)').run(rpmHeader(name, '3.0.1'));
  const bytes = database.serialize();
  database.close();
  return Buffer.from(bytes);
};

const releaseOf = (id: string, version: string): string =>
  `PRETTY_NAME="${id} ${version}"\nNAME="${id}"\nID=${id}\nVERSION_ID="${version}"\n`;

/** The files by which a scanner recognises each system. */
const systems = {
  dpkg: {
    release: releaseOf('debian', '13'),
    mark: { name: 'etc/debian_version', content: '13.0\n' },
    path: 'var/lib/dpkg/status',
    content: (vulnerable: boolean) =>
      [
        dpkgPackage('apt'),
        dpkgPackage('bash'),
        dpkgPackage('libc-bin'),
        ...(vulnerable ? [dpkgPackage('libssl3', '3.5.1-1', 'openssl')] : []),
      ].join(''),
  },
  apk: {
    release: releaseOf('alpine', '3.20.3'),
    mark: { name: 'etc/alpine-release', content: '3.20.3\n' },
    path: 'lib/apk/db/installed',
    content: (vulnerable: boolean) =>
      [
        apkPackage('apk-tools', '2.14.4-r1'),
        apkPackage('musl', '1.2.5-r9'),
        apkPackage('ash', '1-r0'),
        ...(vulnerable ? [apkPackage('libcrypto3', '3.3.0-r0', 'openssl')] : []),
      ].join(''),
  },
  rpm: {
    release: releaseOf('rocky', '9.3'),
    mark: { name: 'etc/rocky-release', content: 'Rocky Linux release 9.3 (Blue Onyx)\n' },
    path: 'var/lib/rpm/rpmdb.sqlite',
    content: () => rpmDatabase(),
  },
} satisfies Record<
  string,
  { release: string; mark: LayoutEntry; path: string; content(vulnerable: boolean): string | Buffer }
>;
type System = keyof typeof systems;

const tokens = [
  'Package: libssl3\n',
  'Status: deinstall ok config-files',
  'Status: install ok unpacked',
  'Version: 99:1',
  'Version: ',
  'Source: openssl (1)',
  'Essential: yes',
  'Package: ',
  ' ',
  '\t',
  '\r',
  '\n\n',
  '\0',
  'P:',
  'V:9',
  'o:',
  'P:libcrypto3\nV:9.9.9-r9',
  'C:Q1',
  'F:',
  'ID=',
  'ID=debian',
  'ID=alpine',
  'ID=ubuntu',
  'ID="none"',
  'VERSION_ID=',
  'VERSION_ID=13',
  'VERSION_ID="99"',
  'VERSION_ID=3.20',
  'debian',
  'sid',
  '13.0',
  '3.20.3',
  '\u001b[31m',
  '\u202e',
  'x'.repeat(5000),
  'é',
  '#',
  '"',
  "'",
  '../',
  '\ufeff',
];
const tarTokens = [
  'ustar\u000000',
  'ustar  \0',
  '././@LongLink',
  '0000000',
  '77777777777',
  'L',
  'K',
  'x',
  'g',
  '1',
  '2',
  '5',
  'S',
  '\0',
  '13 path=a/b\n',
  '20 size=99999999999\n',
  'var/lib/dpkg/status',
  '../',
  '/',
  '.wh.',
  '\u0080\u0000\u0000\u0000',
];
const names = [
  'etc/os-release',
  'usr/lib/os-release',
  'etc/debian_version',
  'etc/alpine-release',
  'etc/lsb-release',
  'etc/redhat-release',
  'etc/issue',
  'var/lib/dpkg/status',
  'var/lib/dpkg/status.d/libssl3',
  'var/lib/dpkg/.wh.status',
  'var/lib/.wh..wh..opq',
  '.wh.var',
  'lib/apk/db/installed',
  'usr/lib/apk/db/installed',
  'lib/apk/db/.wh.installed',
  'var/lib/rpm/Packages',
  'usr/lib/sysimage/rpm/rpmdb.sqlite',
  'var/lib/dpkg/available',
  'var/lib/dpkg/info/libssl3.list',
  './var/lib/dpkg/status',
  '/var/lib/dpkg/status',
  'var//lib/dpkg/status',
  'trivy.yaml',
  '.trivyignore',
  'app/package-lock.json',
  'usr/share/sbom/a.spdx.json',
  'opt/bitnami/x/.spdx-x.spdx',
  'root/buildinfo/content_manifests/a.json',
];

/** Corrects the checksum of each header. */
const summed = (tar: Buffer): Buffer => {
  const copy = Buffer.from(tar);
  for (let at = 0; at + 512 <= copy.length; at += 512) {
    if (copy.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    copy.write(' '.repeat(8), at + 148, 'latin1');
    copy.write(
      `${copy
        .subarray(at, at + 512)
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      at + 148,
      'latin1',
    );
  }
  return copy;
};

/** Builds the image of a case, with a digest of its own. */
const built = async ({
  system,
  vulnerable,
  database,
  release,
  tar,
  summed: isSummed,
  config,
  manifest,
  over,
}: ImageCase): Promise<FakeImage> => {
  const { release: osRelease, mark, path, content } = systems[system];
  const contents = edited(content(vulnerable), database);
  const archive = edited(
    await tarOf([
      { name: 'etc/os-release', content: edited(osRelease, release) },
      mark,
      { name: path, content: contents },
      { name: 'bin/sh', content: '#' },
    ]),
    tar,
  );
  const base = isSummed ? summed(archive) : archive;
  const top =
    over.length === 0
      ? []
      : [
          await tarOf(
            over.map(({ name, edits }) => ({
              name,
              content: edited(name.includes('release') ? osRelease : contents, edits),
            })),
          ),
        ];
  const diffIds = [base, ...top].map(sha256);
  const layers = [base, ...top].map((bytes) => blobOf(ociLayer, gzipSync(bytes)));
  const configBlob = blobOf(
    ociConfig,
    editedJson(
      {
        author: randomUUID(),
        os: 'linux',
        architecture: 'amd64',
        created: '2026-01-01T00:00:00Z',
        config: { Env: ['PATH=/bin'], Labels: { a: 'b' } },
        rootfs: { type: 'layers', diff_ids: diffIds },
        history: diffIds.map((id) => ({ created_by: id })),
      },
      config,
    ),
  );
  const plain = manifestOf(configBlob, layers.map(descriptorOf));
  const manifestBlob =
    manifest.length === 0
      ? plain
      : blobOf(plain.mediaType, editedJson(JSON.parse(plain.bytes.toString('utf8')), manifest));
  return { config: configBlob, layers, manifest: manifestBlob };
};

const keys = [
  'config',
  'layers',
  'mediaType',
  'digest',
  'size',
  'rootfs',
  'diff_ids',
  'history',
  'os',
  'architecture',
  'os.version',
  'annotations',
  'urls',
  'subject',
  'artifactType',
  'data',
];
const none = fc.constant([]);

const cases = (
  some: Partial<{ readonly [K in keyof ImageCase]: fc.Arbitrary<ImageCase[K]> }>,
): fc.Arbitrary<ImageCase> =>
  fc.record({
    system: fc.constantFrom<System>('dpkg', 'apk'),
    vulnerable: fc.boolean(),
    database: none,
    release: none,
    tar: none,
    summed: fc.constant(false),
    config: none,
    manifest: none,
    over: none,
    ...some,
  });

/**
 * Runs the image through the whole pipeline, from the push to its status. If that is `healthy`, the bare scanner must
 * agree.
 */
const hold = async (one: ImageCase, world: FuzzWorld): Promise<void> => {
  const image = await built(one);
  const verdict = await verdictOf(world, image);
  if (verdict.status !== 'healthy') return;
  const folder = await mkdtemp(join(await world.folder(), 'bare-'));
  try {
    const why = await supports(world, folder, image, verdict.operatingSystem);
    expectThat(why === undefined, `healthy, and the bare scanner says: ${why}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const target = (name: string, description: string, arbitrary: fc.Arbitrary<ImageCase>): FuzzTarget<ImageCase> => ({
  name,
  description,
  perTurn: 6,
  cases: arbitrary,
  hold,
});

const changes = byteEdits(tokens, 5);
export const imageTargets: readonly FuzzTarget<ImageCase>[] = [
  target(
    'dpkg',
    'databases of dpkg',
    cases({ system: fc.constant('dpkg'), database: changes, release: byteEdits(tokens, 1) }),
  ),
  target(
    'apk',
    'databases of apk',
    cases({ system: fc.constant('apk'), database: changes, release: byteEdits(tokens, 1) }),
  ),
  target(
    'rpm',
    'databases of rpm',
    cases({ system: fc.constant('rpm'), database: byteEdits(tokens, 6), release: byteEdits(tokens, 1) }),
  ),
  target(
    'layers',
    'tar archives of layers',
    cases({
      tar: byteEdits(tarTokens, 4),
      summed: fc.constantFrom(true, true, false),
      over: fc.array(fc.record({ name: fc.constantFrom(...names), edits: byteEdits(tokens, 3) }), { maxLength: 3 }),
    }),
  ),
  target(
    'images',
    'whole images, changed in all their parts',
    cases({
      database: byteEdits(tokens, 2),
      release: byteEdits(tokens, 2),
      config: jsonEdits(keys, 2),
      manifest: jsonEdits(keys, 1),
      over: fc.array(fc.record({ name: fc.constantFrom(...names), edits: byteEdits(tokens, 2) }), { maxLength: 2 }),
    }),
  ),
];
