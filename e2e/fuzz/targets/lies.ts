import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { dpkgPackage, osRelease } from '../../../apps/sandbox-runner/test/layouts.ts';
import { realImage, type RealImage } from '../../hostile/making/real.ts';
import { pax } from '../../hostile/making/tar.ts';
import { AssembledRoot } from '../../lies/judge.ts';
import {
  archiveOf,
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

const run = promisify(execFile);

const folder = 'var/lib/dpkg';
const status = `${folder}/status`;

/** Images of Debian, each with a vulnerable package. */
const bases = {
  'debian-13.0': 'libssl3t64',
  'python-3.13-trixie': 'libssl3t64',
  'web-trixie': 'libssl3t64',
} as const;
type BaseName = keyof typeof bases;

/** A way to write the list to its path. */
const ways = [
  'file',
  'link',
  'hard-link',
  'link-first',
  'folder-link',
  'whiteout',
  'opaque',
  'twice',
  'through-link',
  'pax',
  'dots',
  'absolute',
] as const;
const packings = ['gzip', 'members', 'frames', 'none'] as const;
const wants = ['install', 'deinstall', 'purge', 'hold', 'unknown'] as const;
const states = ['installed', 'unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending'] as const;
/** Fields without which dpkg does not accept a state. */
const triggers: Partial<Record<(typeof states)[number], string>> = {
  'triggers-awaited': '\nTriggers-Awaited: libc-bin',
  'triggers-pending': '\nTriggers-Pending: x',
};
/** Other spellings of the fields of a package that dpkg reads alike. */
const spellings = [
  'lower-case',
  'no-space',
  'tab',
  'more-space',
  'status-last',
  'blank-lines',
  'no-end',
  'returns',
] as const;

/** Rewrites some packages of the list: each whose place, divided by `every`, leaves nothing. */
type ListEdit =
  | {
      readonly kind: 'mark';
      readonly every: number;
      readonly want: (typeof wants)[number];
      readonly ok: string;
      readonly state: (typeof states)[number];
    }
  | { readonly kind: 'spell'; readonly every: number; readonly spelling: (typeof spellings)[number] }
  | { readonly kind: 'long-line'; readonly at: number; readonly length: number }
  | { readonly kind: 'gone'; readonly every: number }
  | { readonly kind: 'shuffle' };

/** Adds a layer to the image. */
type ImageEdit =
  | {
      readonly kind: 'write';
      readonly way: (typeof ways)[number];
      readonly list: readonly ListEdit[];
      readonly packing: (typeof packings)[number];
    }
  | { readonly kind: 'journal'; readonly every: number }
  | { readonly kind: 'beside'; readonly what: keyof typeof besides };

interface LieCase {
  readonly base: BaseName;
  readonly edits: readonly ImageEdit[];
}

const harmless = dpkgPackage('apt') + dpkgPackage('bash');
const manifest = (name: string): LayerPart =>
  plain(`usr/lib/node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0' }));
const bill = JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  components: ['apt', 'bash'].map((name) => ({
    'bom-ref': name,
    type: 'library',
    name,
    version: '1.0-1',
    purl: `pkg:deb/debian/${name}@1.0-1?distro=debian-13.0`,
  })),
});
const apkList = 'C:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\nP:apk-tools\nV:2.14.4-r1\nA:x86_64\nT:x\nL:MIT\no:apk-tools\n\n';

/** Harmless files beside the list. */
const besides = {
  'status.d': [plain(`${folder}/status.d/x`, harmless)],
  'empty status.d': [plain(`${folder}/status.d/x`, '')],
  manifests: [manifest('apt'), manifest('bash')],
  'a bill of materials': [plain('usr/share/sbom/x.cdx.json', bill)],
  'a bill of Bitnami': [plain('opt/bitnami/x/.spdx-x.cdx.json', bill)],
  'a list of apk': [plain('lib/apk/db/installed', apkList)],
  'an empty list of apk': [plain('usr/lib/apk/db/installed', '')],
  'a database of rpm': [plain('var/lib/rpm/Packages', '')],
  'an old list': [plain(`${folder}/status-old`, harmless), plain(`${folder}/available`, harmless)],
  'another root': [plain('opt/root/var/lib/dpkg/status', harmless), osRelease()],
  wolfi: [osRelease('wolfi', '20230201')],
  edge: [plain('etc/alpine-release', 'edge\n')],
  sid: [plain('etc/debian_version', 'trixie/sid\n')],
  'Debian 12': [plain('etc/debian_version', '12.9\n')],
  'Debian 13': [plain('etc/debian_version', '13.0\n'), osRelease()],
  'no debian_version': [whiteout('etc/debian_version')],
  azurelinux: [whiteout('etc/debian_version'), osRelease('azurelinux', '3.0')],
  tumbleweed: [whiteout('etc/debian_version'), osRelease('opensuse-tumbleweed', '20260101')],
  ubuntu: [osRelease('ubuntu', '24.04'), plain('etc/lsb-release', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\n')],
} satisfies Record<string, readonly LayerPart[]>;

const stanzasOf = (list: string): string[] => list.split(/\n{2,}/).filter((stanza) => stanza.trim() !== '');
const listOf = (stanzas: readonly string[]): string => stanzas.map((stanza) => `${stanza}\n\n`).join('');

const spelled: Readonly<Record<(typeof spellings)[number], (stanza: string) => string>> = {
  'lower-case': (stanza) => stanza.replaceAll(/^(Package|Status|Version|Source):/gm, (field) => field.toLowerCase()),
  'no-space': (stanza) => stanza.replaceAll(/^(Package|Status|Version|Source): /gm, '$1:'),
  tab: (stanza) =>
    stanza
      .replaceAll(/^(Package|Status|Version|Source): /gm, '$1:\t')
      .replace(/^Status:.*$/m, (line) => line.replaceAll(' ', '\t')),
  'more-space': (stanza) => stanza.replaceAll(/^(Package|Status|Version|Source): (.*)$/gm, '$1 :  $2  '),
  'status-last': (stanza) => {
    const line = /^Status: .*$/m.exec(stanza)?.[0] ?? '';
    return `${stanza.replace(`${line}\n`, '')}\n${line}`;
  },
  'blank-lines': (stanza) => `\n\n${stanza}\n`,
  'no-end': (stanza) => stanza,
  returns: (stanza) => stanza.replaceAll('\n', '\r\n'),
};

/** A package of which only the settings are left. */
const removed = (name: string): string =>
  dpkgPackage(name).replace('install ok installed', 'deinstall ok config-files').trimEnd();

const editedList = (list: string, edits: readonly ListEdit[]): string => {
  let text = list;
  for (const edit of edits) {
    const stanzas = stanzasOf(text);
    const some = (change: (stanza: string) => string): string =>
      listOf(stanzas.map((stanza, at) => ('every' in edit && at % edit.every === 0 ? change(stanza) : stanza)));
    switch (edit.kind) {
      case 'mark':
        text = some((stanza) =>
          stanza
            .replaceAll(/^Triggers-.*\n?/gm, '')
            .trim()
            .replace(/^(Status:\s*).*$/im, `$1${edit.want} ${edit.ok} ${edit.state}${triggers[edit.state] ?? ''}`),
        );
        break;
      case 'spell':
        text = some(spelled[edit.spelling]);
        if (edit.spelling === 'no-end') text = `${text.trimEnd()}\n`;
        break;
      case 'gone':
        text = listOf(
          stanzas.flatMap((stanza, at) =>
            at % edit.every === 0 ? [removed(`gone-${stanzas.length}-${at}`), stanza] : [stanza],
          ),
        );
        break;
      case 'shuffle':
        text = listOf(stanzas.toReversed());
        break;
      case 'long-line': {
        const at = edit.at % stanzas.length;
        text = listOf(
          stanzas.map((stanza, each) => (each === at ? `${stanza}\nX-Long: ${'x'.repeat(edit.length)}` : stanza)),
        );
        break;
      }
      default:
        edit satisfies never;
    }
  }
  return text;
};

const real = (at: number): string => `opt/real-${at}`;

/** The layers that put the list in its place, in a way that leaves it there for a runtime. */
const written: Readonly<
  Record<(typeof ways)[number], (list: string, at: number) => readonly (readonly LayerPart[])[]>
> = {
  file: (list) => [[plain(status, list)]],
  link: (list, at) => [[plain(real(at), list), symlink(status, `/${real(at)}`)]],
  'hard-link': (list, at) => [[plain(real(at), list), hardLink(status, real(at))]],
  'link-first': (list, at) => [[symlink(status, `../../../${real(at)}`)], [plain(real(at), list)]],
  'folder-link': (list, at) => [
    [whiteout(folder)],
    [symlink(folder, `/${real(at)}`), plain(`${real(at)}/status`, list)],
  ],
  whiteout: (list, at) => [[plain(real(at), list)], [whiteout(status)], [hardLink(status, real(at))]],
  opaque: (list, at) => [[opaque(folder), plain(real(at), list), symlink(status, `/${real(at)}`)]],
  twice: (list, at) => [[plain(status, harmless), plain(real(at), list), symlink(status, `/${real(at)}`)]],
  'through-link': (list, at) => [[symlink(real(at), `/${folder}`)], [plain(`${real(at)}/status`, list)]],
  pax: (list) => [[pax({ path: status }), plain('harmless', list)]],
  dots: (list) => [[plain(`./opt/../${folder}//./status`, list)]],
  absolute: (list, at) => [[plain(`/${real(at)}`, list), symlink(`/${status}`, `/${real(at)}`)]],
};

const halves = (tar: Buffer): Buffer[] => {
  const at = 512 * Math.ceil(tar.length / 1024);
  return [tar.subarray(0, at), tar.subarray(at)];
};

const packed: Readonly<Record<(typeof packings)[number], Omit<LayerPlan, 'parts'>>> = {
  gzip: {},
  members: { packed: (tar) => Buffer.concat(halves(tar).map((part) => gzipSync(part))) },
  frames: {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
    packed: (tar) => Buffer.concat(halves(tar).map((part) => zstdCompressSync(part))),
  },
  none: { mediaType: 'application/vnd.oci.image.layer.v1.tar', packed: (tar) => tar },
};

/** The layers of a case above those of its base. */
const layersOf = (list: string, edits: readonly ImageEdit[]): LayerPlan[] => {
  let current = list;
  let journal: string[] = [];
  return edits.flatMap((edit, at): LayerPlan[] => {
    switch (edit.kind) {
      case 'write':
        if (edit.way === 'folder-link' || edit.way === 'opaque') {
          // The layer hides the journal, too.
          current = listOf([...stanzasOf(current), ...journal]);
          journal = [];
        }
        current = editedList(current, edit.list);
        return written[edit.way](current, at).map((parts) => ({ parts, ...packed[edit.packing] }));
      case 'journal': {
        const stanzas = stanzasOf(current);
        const moved = stanzas.filter((_, place) => place % edit.every === 0);
        journal = [...journal, ...moved];
        current = listOf(stanzas.filter((_, place) => place % edit.every !== 0));
        return [
          {
            parts: [
              plain(status, current),
              ...moved.map((stanza, place) =>
                plain(`${folder}/updates/${String(1000 * at + place).padStart(4, '0')}`, `${stanza}\n`),
              ),
            ],
          },
        ];
      }
      case 'beside':
        return [{ parts: besides[edit.what] }];
    }
  });
};

const dpkgQuery = async (world: FuzzWorld, root: AssembledRoot): Promise<string | undefined> => {
  const admin = await mkdtemp(join(await world.folder(), 'admin-'));
  try {
    for (const [name, content] of root.files(folder)) {
      await mkdir(dirname(join(admin, name)), { recursive: true });
      await writeFile(join(admin, name), content);
    }
    const { stdout } = await run('dpkg-query', ['--admindir', admin, '-W', '-f', '${db:Status-Status} ${Package}\n'], {
      maxBuffer: 2 ** 26,
    });
    return stdout;
  } catch (error) {
    // Without dpkg on this machine the simple judge decides. A list that dpkg refuses is not one.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  } finally {
    await rm(admin, { recursive: true, force: true });
  }
};

const isOnDisk = (state: string): boolean => !['config-files', 'not-installed'].includes(state);

/** True if the package manager of the image still lists the package. */
const isListed = async (world: FuzzWorld, root: AssembledRoot, name: string): Promise<boolean> => {
  const answer =
    (await dpkgQuery(world, root)) ??
    stanzasOf(root.read(status)?.toString('utf8') ?? '')
      .map((stanza) => {
        const field = (key: string): string =>
          new RegExp(`^${key}\\s*:\\s*(.*)$`, 'im').exec(stanza)?.[1]?.trim() ?? '';
        return `${field('status').split(/\s+/).at(-1)} ${field('package')}`;
      })
      .join('\n');
  return answer.split('\n').some((line) => {
    const [state = '', found] = line.split(' ');
    return found === name && isOnDisk(state);
  });
};

const loaded = new Map<BaseName, Promise<RealImage>>();

const hold = async ({ base, edits }: LieCase, world: FuzzWorld): Promise<void> => {
  const below = loaded.get(base) ?? realImage(base);
  loaded.set(base, below);
  const { layers, root } = await below;
  const plans = layersOf(root.read(status)?.toString('utf8') ?? '', edits);
  const whole = AssembledRoot.of([
    ...layers.map(({ blob }) => gunzipSync(blob)),
    ...(await Promise.all(plans.map(archiveOf))),
  ]);
  if (!(await isListed(world, whole, bases[base]))) return;
  const all = [...layers, ...(await Promise.all(plans.map(madeLayer)))];
  const { status: verdict } = await verdictOnLayers(world.unguarded(), all);
  expectThat(verdict !== 'healthy', `healthy, although ${bases[base]} is still installed`);
};

const every = fc.constantFrom(1, 2, 3, 7);
const listEdit: fc.Arbitrary<ListEdit> = fc.oneof(
  fc.record({
    kind: fc.constant('mark' as const),
    every: fc.constantFrom(1, 1, 2),
    want: fc.constantFrom(...wants),
    ok: fc.constantFrom('ok', 'reinstreq'),
    state: fc.constantFrom(...states),
  }),
  fc.record({ kind: fc.constant('spell' as const), every, spelling: fc.constantFrom(...spellings) }),
  fc.record({
    kind: fc.constant('long-line' as const),
    at: fc.nat(100),
    length: fc.constantFrom(4096, 65_535, 65_536, 200_000),
  }),
  fc.record({ kind: fc.constant('gone' as const), every }),
  fc.constant({ kind: 'shuffle' as const }),
);
const imageEdit: fc.Arbitrary<ImageEdit> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      way: fc.constantFrom(...ways),
      list: fc.array(listEdit, { maxLength: 3 }),
      packing: fc.constantFrom(...packings),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('journal' as const), every }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('beside' as const),
      what: fc.constantFrom(...(Object.keys(besides) as (keyof typeof besides)[])),
    }),
  },
);

export const lies: FuzzTarget<LieCase> = {
  name: 'lies',
  description: 'vulnerable images that hide their packages, as dpkg-query still lists them',
  perTurn: 6,
  cases: fc.record({
    base: fc.constantFrom(...(Object.keys(bases) as BaseName[])),
    edits: fc.array(imageEdit, { minLength: 1, maxLength: 6 }),
  }),
  hold,
};
