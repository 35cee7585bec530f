import { gzipSync, zstdCompressSync } from 'node:zlib';
import { end, file, header, pax } from '../hostile/making/tar.ts';
import { cannot, isImpossible, named, otherSystems, type Impossible, type InventoryKind } from './kinds.ts';
import {
  folderOf,
  hardLink,
  layer,
  nameOf,
  opaque,
  plain,
  symlink,
  whiteout,
  type LayerPart,
  type LayerPlan,
} from './layers.ts';

/** An image that lies about its packages. */
export interface LyingImage {
  /** The name among the images of a cell; empty if it is the only one. */
  readonly variant: string;
  readonly layers: readonly LayerPlan[];
  readonly config?: object;
  /** The list with the vulnerable package; absent if the image leaves its package manager no list. */
  readonly listed?: { readonly path: string; readonly needle: string };
  /** True if the scanner may fail on the image: it is then not judged at all. */
  readonly mayFail?: boolean;
}

export interface Trick {
  readonly name: string;
  readonly description: string;
  readonly images: (kind: InventoryKind) => readonly LyingImage[] | Impossible;
}

const real = 'opt/real';
const realFolder = 'opt/database';
/** A path whose folder ends with what is a time in headers of star, and a name in others. */
const starReal = `${'p'.repeat(131)}${'0'.repeat(24)}/real`;

const relativeTo = (from: string, to: string): string => `${'../'.repeat(from.split('/').length - 1)}${to}`;

const image = (
  kind: InventoryKind,
  variant: string,
  layers: readonly LayerPlan[],
  more: Omit<LyingImage, 'variant' | 'layers'> = { listed: kind },
): LyingImage => ({ variant, layers: [...kind.below, ...layers], ...more });

/** The path of the kind's file in another folder. */
const withFolder = ({ path, folder }: InventoryKind, other: string): string => other + path.slice(folder.length);

const long = (type: 'L' | 'K', name: string): Buffer => {
  const content = Buffer.from(`${name}\0`);
  return Buffer.concat([
    header({ name: '././@LongLink', type, size: content.length }),
    content,
    Buffer.alloc((512 - (content.length % 512)) % 512),
  ]);
};

/** Global records of an extended header; runtimes ignore their path. */
const globalPax = (records: Readonly<Record<string, string>>): Buffer => {
  const block = pax(records);
  const size = Number.parseInt(block.toString('latin1', 124, 135), 8);
  return Buffer.concat([header({ name: 'pax', type: 'g', size }), block.subarray(512)]);
};

const half = (tar: Buffer): readonly [Buffer, Buffer] => {
  const at = 512 * Math.ceil(tar.length / 1024);
  return [tar.subarray(0, at), tar.subarray(at)];
};

/** A zstd frame that readers skip. */
const skippable = (): Buffer => {
  const frame = Buffer.alloc(16);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(8, 4);
  return frame;
};

const zstdLayer = 'application/vnd.oci.image.layer.v1.tar+zstd';
const tarLayer = 'application/vnd.oci.image.layer.v1.tar';
const harmlessManifest = '{"name":"bash","version":"1.0.0"}';

/** A file of another kind in the place of a list. */
const otherFiles: Readonly<Record<string, (path: string) => LayerPart>> = {
  'a fifo': (name) => ({ name, type: 'fifo' }),
  'a folder': (name) => ({ name: `${name}/`, type: 'directory' }),
  'a device': (name) => ({ name, type: 'character-device', devmajor: 1, devminor: 3 }),
};

/** Every trick, in the order of the table. */
export const tricks: readonly Trick[] = [
  {
    name: 'marked',
    description: 'the package is marked for removal, and still installed',
    images: (kind) =>
      isImpossible(kind.marked)
        ? kind.marked
        : [image(kind, '', [layer(...kind.facade, plain(kind.path, kind.marked))])],
  },
  {
    name: 'moved',
    description: 'settings of the image lead the package manager to another place',
    images: (kind) => {
      if (isImpossible(kind.moved)) return kind.moved;
      const { path, parts, config } = kind.moved;
      const to = (variant: string, content: string | Buffer): LyingImage =>
        image(kind, variant, [layer(...kind.facade, ...parts, plain(path, content))], {
          listed: { path, needle: kind.needle },
          ...(config === undefined ? {} : { config }),
        });
      return [
        to('', kind.content),
        ...(kind.head === undefined
          ? []
          : [to('a list that begins with a long field', `${kind.head}${String(kind.content)}`)]),
      ];
    },
  },
  {
    name: 'linked',
    description: 'the list, or its folder, is a symbolic link',
    images: (kind) => [
      image(kind, 'the file', [layer(...kind.facade, plain(real, kind.content), symlink(kind.path, `/${real}`))]),
      image(kind, 'its folder', [
        layer(
          symlink(kind.folder, relativeTo(kind.folder, realFolder)),
          plain(withFolder(kind, realFolder), kind.content),
          ...kind.facade,
        ),
      ]),
    ],
  },
  {
    name: 'hard-linked',
    description: 'the list is a hard link to another file',
    images: (kind) => [image(kind, '', [layer(...kind.facade, plain(real, kind.content), hardLink(kind.path, real))])],
  },
  {
    name: 'replaced',
    description: 'a later layer has a file of another kind in the place of a clean list',
    images: (kind) =>
      kind.vouches
        ? cannot('a manifest that is no file vouches for nothing')
        : Object.entries(otherFiles).map(([variant, other]) =>
            image(kind, variant, [layer(...kind.facade, plain(kind.path, kind.clean)), layer(other(kind.path))], {}),
          ),
  },
  {
    name: 'overlaid',
    description: 'a later layer has a link in the place of a clean list',
    images: (kind) => [
      image(kind, 'the file', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(plain(real, kind.content), symlink(kind.path, `/${real}`)),
      ]),
      image(kind, 'its folder', [
        layer(plain(kind.path, kind.clean), ...kind.facade),
        layer(
          whiteout(kind.folder),
          symlink(kind.folder, `/${realFolder}`),
          plain(withFolder(kind, realFolder), kind.content),
          ...kind.facade,
        ),
      ]),
    ],
  },
  {
    name: 'whited out',
    description: 'a whiteout removes a clean list, and another layer or entry brings the list back',
    images: (kind) => [
      image(kind, 'then linked to a lower layer', [
        layer(...kind.facade, plain(real, kind.content), plain(kind.path, kind.clean)),
        layer(whiteout(kind.path)),
        layer(hardLink(kind.path, real)),
      ]),
      image(kind, 'before the list in one layer', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(whiteout(kind.path), plain(kind.path, kind.content)),
      ]),
      image(kind, 'after the list in one layer', [
        layer(...kind.facade),
        layer(plain(kind.path, kind.content), whiteout(kind.path)),
      ]),
    ],
  },
  {
    name: 'cut',
    description: 'a line of 200,000 characters stands before the package',
    images: (kind) =>
      isImpossible(kind.cut) ? kind.cut : [image(kind, '', [layer(...kind.facade, plain(kind.path, kind.cut))])],
  },
  {
    name: 'doubled',
    description: 'one layer has the path twice, and the second entry counts',
    images: (kind) => [
      image(kind, 'two files', [layer(...kind.facade, plain(kind.path, kind.clean), plain(kind.path, kind.content))]),
      image(kind, 'a file and a link', [
        layer(...kind.facade, plain(real, kind.content), plain(kind.path, kind.clean), symlink(kind.path, `/${real}`)),
      ]),
      image(kind, 'a file behind the end', [
        layer(...kind.facade, plain(real, kind.content), symlink(kind.path, `/${real}`), end, plain(real, kind.clean)),
      ]),
    ],
  },
  {
    name: 'decoy',
    description: 'the list is in its place, and harmless lists and manifests lie beside it',
    images: (kind) => [
      image(kind, '', [
        layer(
          ...kind.facade,
          plain(kind.path, kind.content),
          plain(`${kind.path}-old`, kind.clean),
          plain('var/lib/dpkg/status-old', ''),
          plain('var/lib/dpkg/available', ''),
          plain('app/node_modules/bash/package.json', harmlessManifest),
          plain('app/package-lock.json', '{"lockfileVersion":3,"packages":{}}'),
          plain('usr/share/sbom/harmless.spdx.json', '{"spdxVersion":"SPDX-2.3","packages":[]}'),
        ),
      ]),
    ],
  },
  {
    name: 'named',
    description: 'files name another system than that of the database',
    images: (kind) => [
      image(kind, 'a Debian without a list', [layer(...named, plain(kind.path, kind.content))]),
      ...Object.entries(otherSystems).map(([variant, parts]) =>
        image(kind, variant, [layer(...named, plain(kind.path, kind.content), ...parts)]),
      ),
    ],
  },
  {
    name: 'layer order',
    description: 'a link comes before its target, or a layer comes twice',
    images: (kind) => [
      image(kind, 'the link first', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(symlink(kind.path, `/${real}`)),
        layer(plain(real, kind.content)),
      ]),
      image(kind, 'one layer twice', [
        layer(...kind.facade, plain(kind.path, kind.content)),
        layer(plain(kind.path, kind.clean)),
        layer(...kind.facade, plain(kind.path, kind.content)),
      ]),
    ],
  },
  {
    name: 'compression',
    description: 'the layer with the list consists of several members or frames, or is not compressed',
    images: (kind) => {
      const over = (
        variant: string,
        form: Omit<LayerPlan, 'parts'>,
        more: Pick<LyingImage, 'mayFail'> = {},
      ): LyingImage =>
        image(
          kind,
          variant,
          [
            layer(...kind.facade, plain(kind.path, kind.clean)),
            {
              parts: [plain('opt/first', 'first'), plain(real, kind.content), symlink(kind.path, `/${real}`)],
              ...form,
            },
          ],
          { listed: kind, ...more },
        );
      const frames = (tar: Buffer): Buffer =>
        Buffer.concat(half(tar).flatMap((part) => [zstdCompressSync(part), skippable()]));
      return [
        over('frames of zstd', { mediaType: zstdLayer, packed: frames }),
        over(
          'a skippable frame first',
          { mediaType: zstdLayer, packed: (tar) => Buffer.concat([skippable(), frames(tar)]) },
          { mayFail: true },
        ),
        over('members of gzip', { packed: (tar) => Buffer.concat(half(tar).map((part) => gzipSync(part))) }),
        over('none', { mediaType: tarLayer, packed: (tar) => tar }),
      ];
    },
  },
  {
    name: 'written otherwise',
    description: 'the name of the list is absolute, or has dots',
    images: (kind) =>
      Object.entries({
        absolute: `/${kind.path}`,
        'with dots': `.//${kind.path.replaceAll('/', '//./')}`,
        'up and down': `opt/../${kind.path}`,
        'up from the root': `../../${kind.path}`,
      }).map(([variant, name]) =>
        image(kind, variant, [
          layer(...kind.facade, plain(kind.path, kind.clean)),
          layer(plain(real, kind.content), symlink(name, `/${real}`)),
        ]),
      ),
  },
  {
    name: 'through a link',
    description: 'an entry below a symbolic link writes the list',
    images: (kind) => [
      image(kind, '', [
        layer(...kind.facade, plain(kind.path, kind.clean), symlink('opt/way', `/${folderOf(kind.path)}`)),
        layer(plain(`opt/way/${nameOf(kind.path)}`, kind.content)),
      ]),
    ],
  },
  {
    name: 'long names',
    description: 'an extended header has the name, the target of a link, or a name that does not count',
    images: (kind) => [
      image(kind, 'a path of PAX', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(
          plain(real, kind.content),
          pax({ path: kind.path, linkpath: `/${real}` }),
          header({ name: 'harmless', type: '2' }),
        ),
      ]),
      image(kind, 'a long name of GNU', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(
          plain(real, kind.content),
          long('K', `/${real}`),
          long('L', kind.path),
          header({ name: 'harmless', type: '2' }),
        ),
      ]),
      image(kind, 'a name of PAX and one of GNU', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(
          plain(real, kind.content),
          symlink(kind.path, `/${real}`),
          pax({ path: real }),
          long('L', 'opt/harmless'),
          file('harmless', Buffer.from(kind.clean)),
        ),
      ]),
      image(kind, 'a prefix of star', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(
          plain(starReal, kind.content),
          symlink(kind.path, `/${starReal}`),
          header({
            name: 'real',
            size: Buffer.byteLength(kind.clean),
            over: [
              [345, Buffer.from(folderOf(starReal))],
              [508, Buffer.from('tar\0')],
            ],
          }),
          file('', kind.clean).subarray(512),
        ),
      ]),
      image(kind, 'a global path of PAX', [
        layer(...kind.facade, plain(kind.path, kind.clean)),
        layer(
          plain(real, kind.content),
          symlink(kind.path, `/${real}`),
          globalPax({ path: real }),
          file('opt/harmless', Buffer.from(kind.clean)),
        ),
      ]),
    ],
  },
  {
    name: 'opaque',
    description: 'a marker hides the clean list of lower layers, and its own layer brings the list',
    images: (kind) => [
      image(kind, 'before the list', [
        layer(plain(kind.path, kind.clean)),
        layer(opaque(folderOf(kind.path)), ...kind.facade, plain(real, kind.content), symlink(kind.path, `/${real}`)),
      ]),
      image(
        kind,
        'attributes of overlayfs',
        [
          layer(...kind.facade, plain(withFolder(kind, realFolder), kind.content), plain(kind.path, kind.clean)),
          layer(
            pax({ 'SCHILY.xattr.trusted.overlay.redirect': `/${realFolder}` }),
            header({ name: `${kind.folder}/`, type: '5' }),
          ),
        ],
        {},
      ),
      image(kind, 'after the list', [
        layer(plain(kind.path, kind.clean)),
        layer(...kind.facade, plain(kind.path, kind.content), opaque(folderOf(kind.path))),
      ]),
    ],
  },
  {
    name: 'journal',
    description: 'a file beside a clean list adds the package',
    images: ({ journal, ...kind }) => {
      if (isImpossible(journal)) return journal;
      const files = [plain(kind.path, journal.base), plain(journal.path, journal.content)];
      const under = (variant: string, names: readonly LayerPart[]): LyingImage =>
        image({ journal, ...kind }, variant, [layer(...names, ...files)], { listed: journal });
      return [
        under(journal.named === undefined ? '' : 'beside a clean Debian', kind.facade),
        ...(journal.named === undefined ? [] : [under('of a system without findings', journal.named)]),
      ];
    },
  },
];
