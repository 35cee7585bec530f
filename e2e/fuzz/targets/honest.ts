import { DatabaseSync } from 'node:sqlite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { dpkgPackage } from '../../../apps/sandbox-runner/test/layouts.ts';
import { realImage, type RealImage } from '../../hostile/making/real.ts';
import { file, header, pax } from '../../hostile/making/tar.ts';
import {
  hardLink,
  madeLayer,
  opaque,
  plain,
  symlink,
  whiteout,
  type LayerPart,
  type LayerPlan,
} from '../../lies/layers.ts';
import { expectThat, type FuzzTarget } from '../target.ts';
import { verdictOnLayers } from '../verdict.ts';
import type { FuzzWorld } from '../world.ts';

/** A clean image: each case must stay healthy. */
const base = 'debian-13.8';
let loaded: Promise<RealImage> | undefined;

/** Ordinary paths that no tool of a system or of a language reads. */
const paths = ['usr/bin/tool', 'opt/app/bin/run', 'srv/data/blob', 'var/log/lastlog', 'etc/app.conf', 'home/u/Bücher'];

const vfsCapability = '\u0001\u0000\u0000\u0002\u0000\u0020\u0000\u0000\u0000\u0000\u0000\u0000';
const attributes: Readonly<Record<string, string>> = {
  'SCHILY.xattr.security.capability': vfsCapability,
  'SCHILY.xattr.security.selinux': 'system_u:object_r:bin_t:s0\u0000',
  'SCHILY.xattr.system.posix_acl_access': '\u0002\u0000\u0000\u0000\u0001\u0000\u0006\u0000',
  'SCHILY.xattr.user.note': 'a\u0000b',
  'SCHILY.xattr.user.overlay.origin': '\u0000\u0001',
  'SCHILY.acl.access': 'user::rw-,group::r--,other::r--',
  'LIBARCHIVE.creationtime': '1700000000',
  comment: 'made by a tool',
  mtime: '1700000000.123456789',
};

/** Turns a header into one of an older format. */
const formats = {
  ustar: [],
  gnu: [[257, Buffer.from('ustar  \0')]],
  v7: [[257, Buffer.alloc(8)]],
} as const satisfies Record<string, readonly (readonly [number, Buffer])[]>;

/** A map of one piece, and the size without holes (GNU tar, "Old GNU Format"). */
const sparseOfGnu = (name: string): Buffer =>
  Buffer.concat([
    header({
      name,
      type: 'S',
      size: 512,
      over: [
        ...formats.gnu,
        [386, Buffer.from('00000000000\0' + '00000001000\0')],
        [483, Buffer.from('00000001000\0')],
      ],
    }),
    Buffer.alloc(512, 'x'),
  ]);

const ownDatabase = (): Buffer => {
  const database = new DatabaseSync(':memory:');
  database.exec(
    "CREATE TABLE Packages (id INTEGER, title TEXT, blob BLOB); INSERT INTO Packages VALUES (1, 'a', x'00')",
  );
  try {
    return Buffer.from(database.serialize());
  } finally {
    database.close();
  }
};

/** Things that real tools put into a layer, by a path. */
const things: Readonly<Record<string, (path: string) => readonly LayerPart[]>> = {
  'a file': (path) => [plain(path, 'x')],
  'a file of GNU': (path) => [header({ name: path, over: formats.gnu })],
  'a file of V7': (path) => [header({ name: path, over: formats.v7 })],
  'a label': () => [header({ name: 'backup', type: 'V', over: formats.gnu })],
  'a sparse file of GNU': (path) => [sparseOfGnu(path)],
  'a sparse file of PAX': (path) => [
    pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': path, 'GNU.sparse.realsize': '9' }),
    file('GNUSparseFile.1/x', `1\n0\n9\n${'\0'.repeat(504)}123456789`),
  ],
  'a link and an entry below it': (path) => [symlink(`${path}.d`, '/usr/lib'), plain(`${path}.d/libx.so`, 'x')],
  'a hard link': (path) => [plain(`${path}.1`, 'x'), hardLink(path, `${path}.1`)],
  'a hard link, and a new target': (path) => [
    plain(`${path}.1`, 'x'),
    hardLink(path, `${path}.1`),
    plain(`${path}.1`, 'y'),
  ],
  'the same path twice': (path) => [plain(path, 'x'), plain(path, 'y')],
  'a file for a folder': (path) => [plain(`${path}/x`, 'x'), whiteout(path)],
  'a name that is no UTF-8': () => [header({ name: 'srv/caf', over: [[7, Buffer.from([0xe9])]] })],
  'a whiteout': (path) => [whiteout(path)],
  'an opaque folder': (path) => [opaque(`${path}.d`)],
  'an absolute path': (path) => [plain(`/${path}`, 'x')],
  'a path with dots': (path) => [plain(`./${path}/../y`, 'x')],
  'a fifo': (path) => [{ name: path, type: 'fifo' }],
  'a text that quotes a list': (path) => [plain(path, `# Installed\n\n${dpkgPackage('openssl')}\nThat is all.\n`)],
  'the lists of apt': () => [plain('var/lib/apt/lists/deb_Packages', 'Package: openssl\nVersion: 1\n\n')],
  'a database of its own': (path) => [plain(path, ownDatabase())],
  'a file of settings': (path) => [plain(path, 'name: x\nversion: 1\nstatus: installed\n')],
  'a manifest of no language': (path) => [plain(`${path}.json`, '{"name":"x","version":"1.0.0"}')],
};
type Thing = keyof typeof things;

const packings = ['gzip', 'members', 'zstd', 'none'] as const;
const packed: Readonly<Record<(typeof packings)[number], Omit<LayerPlan, 'parts'>>> = {
  gzip: {},
  members: { packed: (tar) => Buffer.concat([gzipSync(tar.subarray(0, 512)), gzipSync(tar.subarray(512))]) },
  zstd: { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd', packed: (tar) => zstdCompressSync(tar) },
  none: { mediaType: 'application/vnd.oci.image.layer.v1.tar', packed: (tar) => tar },
};

interface HonestLayer {
  readonly parts: readonly { readonly thing: Thing; readonly path: string; readonly attribute: string | undefined }[];
  readonly packing: (typeof packings)[number];
}
interface HonestCase {
  readonly layers: readonly HonestLayer[];
}

const planOf = ({ parts, packing }: HonestLayer): LayerPlan => ({
  parts: parts.flatMap(({ thing, path, attribute }) => [
    ...(attribute === undefined ? [] : [pax({ [attribute]: attributes[attribute] ?? '' }), plain(`${path}.a`, 'x')]),
    ...(things[thing]?.(path) ?? []),
  ]),
  ...packed[packing],
});

const hold = async ({ layers }: HonestCase, world: FuzzWorld): Promise<void> => {
  const below = await (loaded ??= realImage(base));
  const all = [...below.layers, ...(await Promise.all(layers.map((layer) => madeLayer(planOf(layer)))))];
  const { status, reason } = await verdictOnLayers(world.unguarded(), all);
  expectThat(status === 'healthy', `${status} (${reason ?? ''}), although nothing was added that hides packages`);
};

export const honest: FuzzTarget<HonestCase> = {
  name: 'honest',
  description: 'clean images with entries as real tools write them, which must stay healthy',
  perTurn: 6,
  cases: fc.record({
    layers: fc.array(
      fc.record({
        parts: fc.array(
          fc.record({
            thing: fc.constantFrom(...Object.keys(things)),
            path: fc.constantFrom(...paths),
            attribute: fc.constantFrom(undefined, ...Object.keys(attributes)),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        packing: fc.constantFrom(...packings),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  hold,
};
