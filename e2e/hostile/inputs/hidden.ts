import { gzipSync, zstdCompressSync } from 'node:zlib';
import { cycloneDx, spdx } from '../../lies/bills.ts';
import { archiveOf, hardLink, layer, madeLayer, plain, symlink, whiteout, type LayerPlan } from '../../lies/layers.ts';
import type { FinalStatus, Input, InputGroup } from '../input.ts';
import { failed, stillFound, unhealthy } from '../making/contained.ts';
import {
  assessed,
  debian,
  dpkgPackage,
  held,
  imageOf,
  osRelease,
  sha256,
  vulnerable,
  type MadeLayer,
} from '../making/image.ts';
import { lie } from '../making/lie.ts';
import { pushed } from '../making/pushed.ts';
import { realImage } from '../making/real.ts';
import { unended } from '../making/tar.ts';

const status = 'var/lib/dpkg/status';
const harmless = dpkgPackage('apt') + dpkgPackage('bash');
const list = harmless + vulnerable;
const named = debian().slice(0, 2);
/** A harmless list that a scanner reads beside the one of dpkg. */
const decoy = plain('var/lib/dpkg/status.d/x', harmless);

const marked = (text: string): string =>
  text
    .split(/(?<=\n\n)/)
    .map((stanza) =>
      /^Package: (?:apt|bash)$/m.test(stanza) ? stanza : stanza.replace(/^Status: install/m, 'Status: deinstall'),
    )
    .join('');

const made = (layers: readonly LayerPlan[]): Promise<MadeLayer[]> => Promise.all(layers.map(madeLayer));

/** An image of our own. */
const small = (row: string, title: string, ...layers: LayerPlan[]): Input =>
  lie({ row, title, make: async ({ name }) => imageOf(await made(layers), { author: name }) });

/** Layers over a real image, made from its own package list. */
const over = (row: string, title: string, layers: (packages: string) => readonly LayerPlan[]): Input =>
  lie({
    row,
    title: `${title}, over debian-13.0`,
    make: async ({ name }) => {
      const real = await realImage('debian-13.0');
      const packages = real.root.read(status)?.toString('utf8') ?? '';
      return imageOf([...real.layers, ...(await made(layers(packages)))], { author: name });
    },
  });

/** An honest layer in several parts: it must be read whole. */
const inParts = (title: string, packed: (tar: Buffer) => Buffer, mediaType?: string): Input =>
  pushed({
    row: 'H7',
    title,
    must: 'the vulnerable package, which is in the last part, is found',
    ends: unhealthy,
    also: stillFound,
    make: async ({ registry, name }) => ({
      digest: held(
        registry,
        imageOf(await made([{ ...layer(...assessed()), packed, ...(mediaType === undefined ? {} : { mediaType }) }]), {
          author: name,
        }),
      ),
    }),
  });

/** A layer whose diff id is that of its first part alone: a whole archive, and another one behind it. */
const firstPartNamed = (
  title: string,
  packed: (part: Buffer) => Buffer,
  ends: FinalStatus,
  mediaType?: string,
): Input =>
  lie({
    row: 'H7',
    title,
    ends: [ends, unhealthy],
    make: async ({ name }) => {
      const first = await archiveOf(layer(...debian(harmless)));
      const rest = await archiveOf(layer(plain(status, list)));
      return imageOf(
        [
          {
            blob: Buffer.concat([packed(first), packed(rest)]),
            diffId: sha256(first),
            ...(mediaType === undefined ? {} : { mediaType }),
          },
        ],
        { author: name },
      );
    },
  });

const zstdLayer = 'application/vnd.oci.image.layer.v1.tar+zstd';

/** A frame that readers of zstd skip. */
const skippable = (content: string): Buffer => {
  const frame = Buffer.alloc(8 + content.length);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(content.length, 4);
  frame.write(content, 8, 'latin1');
  return frame;
};

/** Pieces of an archive of 512 bytes each, as compressors in parallel make them. */
const pieces = (tar: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(tar.length / 512) }, (_, at) => tar.subarray(at * 512, (at + 1) * 512));

const nodeManifest = (name: string) =>
  plain(`usr/lib/node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0' }));
const pythonMetadata = (name: string) =>
  plain(
    `usr/lib/python3/dist-packages/${name}-1.0.0.dist-info/METADATA`,
    `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0.0\n\n`,
  );
/** Files of an image that vouch for packages of the system, without its list. */
const vouchers = {
  'manifests of node': [nodeManifest('apt'), nodeManifest('bash')],
  'metadata of python': [pythonMetadata('rpm'), pythonMetadata('bash')],
  'a CycloneDX of Bitnami': [plain('opt/bitnami/x.cdx.json', cycloneDx('apt', 'bash'))],
  'a CycloneDX of the system': [plain('usr/share/sbom/x.cdx.json', cycloneDx('apt', 'bash'))],
  'an SPDX of Bitnami': [plain('opt/bitnami/x/.spdx-x.spdx', spdx('apt', 'bash'))],
  'a CycloneDX under an SPDX name': [plain('opt/bitnami/x/.spdx-x.cdx.json', cycloneDx('apt', 'bash'))],
};

const apkPackage = (name: string, version: string, origin = name, text = 'a package'): string =>
  `C:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\nP:${name}\nV:${version}\nA:x86_64\nT:${text}\nL:MIT\no:${origin}\n` +
  `F:bin\nR:${name}\n\n`;
const long = 'x'.repeat(200_000);

const withoutDebianVersion = (id: string): LayerPlan[] => [
  layer(...assessed()),
  layer(whiteout('etc/debian_version'), osRelease(id, '20230201')),
];

/** Images that hide their packages, each as it was once reported healthy. */
export const hidden: InputGroup = {
  name: 'hidden',
  inputs: [
    small('H1', 'packages that are marked for removal', layer(...debian(marked(list)))),
    over('H1', 'packages that are marked for removal', (packages) => [layer(plain(status, marked(packages)))]),
    ...Object.entries(vouchers).flatMap(([title, parts]) => [
      small('H2', `${title} in the place of the list`, layer(...assessed()), layer(whiteout(status), ...parts)),
      over('H2', `${title} in the place of the list`, () => [layer(whiteout(status), ...parts)]),
    ]),
    small(
      'H4',
      'a symbolic link over a clean list',
      layer(...debian(harmless)),
      layer(plain('opt/real', list), symlink(status, '/opt/real')),
    ),
    small(
      'H4',
      'a hard link over a clean list',
      layer(...debian(harmless)),
      layer(plain('opt/real', list), hardLink(status, 'opt/real')),
    ),
    small(
      'H4',
      'a folder of the list that is a link over a clean one',
      layer(...debian(harmless)),
      layer(plain('opt/dpkg/status', list), symlink('var/lib/dpkg', '/opt/dpkg')),
    ),
    small(
      'H4',
      'a folder of the list that is a link, and a decoy below the link',
      layer(...named, symlink('var/lib/dpkg', '../../usr/lib/dpkg-db'), plain('usr/lib/dpkg-db/status', list), decoy),
    ),
    small('H4', 'a fifo over a clean list', layer(...debian(harmless)), layer({ name: status, type: 'fifo' })),
    over('H4', 'a list that has moved behind a link, and a decoy', (packages) => [
      layer(plain('opt/real', packages), whiteout(status)),
      layer(symlink(status, '/opt/real')),
      layer(decoy),
    ]),
    small(
      'H4',
      'a line of 200,000 characters, and a decoy',
      layer(...named, plain(status, `${harmless}X-Long: ${long}\n${vulnerable}`), decoy),
    ),
    small(
      'H4',
      'a line of 200,000 characters in a list of apk',
      layer(
        osRelease('alpine', '3.20.3'),
        plain('etc/alpine-release', '3.20.3\n'),
        plain(
          'lib/apk/db/installed',
          apkPackage('apk-tools', '9.9.9-r1') +
            apkPackage('toybox', '9.9.9-r1', 'toybox', long) +
            apkPackage('libcrypto3', '3.3.0-r0', 'openssl'),
        ),
      ),
    ),
    small('H5', 'os-release of Wolfi', layer(...assessed()), layer(osRelease('wolfi', '20230201'))),
    small('H5', 'alpine-release edge', layer(...assessed()), layer(plain('etc/alpine-release', 'edge\n'))),
    small(
      'H5',
      'debian_version of another release',
      layer(...assessed()),
      layer(plain('etc/debian_version', '12.9\n')),
    ),
    ...['chainguard', 'azurelinux', 'opensuse-tumbleweed'].map((id) =>
      small('H5', `os-release of ${id} without debian_version`, ...withoutDebianVersion(id)),
    ),
    inParts(
      'an honest layer of many zstd frames, skippable ones among them',
      (tar) => Buffer.concat(pieces(tar).flatMap((piece) => [zstdCompressSync(piece), skippable('index')])),
      zstdLayer,
    ),
    inParts('an honest layer of many gzip members', (tar) =>
      Buffer.concat(pieces(tar).map((piece) => gzipSync(piece))),
    ),
    firstPartNamed('a diff id of the first zstd frame alone', (part) => zstdCompressSync(part), failed, zstdLayer),
    firstPartNamed('a diff id of the first gzip member alone', (part) => gzipSync(part), failed),
    inParts(
      'an honest layer whose list begins in one zstd frame and ends in another',
      (tar) => {
        const at = unended(tar).length - 300;
        return Buffer.concat([zstdCompressSync(tar.subarray(0, at)), zstdCompressSync(tar.subarray(at))]);
      },
      zstdLayer,
    ),
  ],
};
