import type { InputGroup, Input } from '../input.ts';
import { contained, failed, noPackages, stillFound, unhealthy, unsupported } from '../making/contained.ts';
import {
  assessed,
  debian,
  dpkgPackage,
  held,
  imageOf,
  imageWith,
  layerOf,
  osRelease,
  sha256,
  vulnerable,
  type LayoutEntry,
} from '../making/image.ts';
import { pushed, type InputPlace, type PushedInput } from '../making/pushed.ts';

type Layers = (place: InputPlace) => readonly LayoutEntry[][] | Promise<readonly LayoutEntry[][]>;

/** An image whose layers are given as files. */
const ofFiles = (
  row: string,
  title: string,
  layers: Layers,
  {
    source,
    ends = unhealthy,
    must = 'contained; the vulnerable package is found',
  }: Partial<Pick<PushedInput<never>, 'source' | 'ends' | 'must'>> = {},
): Input =>
  pushed({
    row,
    title,
    ...(source === undefined ? {} : { source }),
    must,
    ends,
    ...(ends === unhealthy ? { also: stillFound } : {}),
    make: async (place) => ({ digest: held(place.registry, await imageWith(place.name, ...(await layers(place)))) }),
  });

const upwards = '../../../../../../../../..';
const system = assessed().filter(({ name }) => !name.startsWith('var/'));
const settings = (at: string): LayoutEntry[] => [
  { name: `${at}trivy.yaml`, content: 'severity:\n  - CRITICAL\nscan:\n  skip-files:\n    - var/lib/dpkg/status\n' },
  { name: `${at}.trivyignore`, content: 'CVE-*\n' },
  { name: `${at}trivy-secret.yaml`, content: 'disable-rules: ["*"]\n' },
  { name: `${at}.grype.yaml`, content: 'ignore:\n  - package: {}\n' },
];

/** Layers with unusual files. */
export const layers: InputGroup = {
  name: 'layers',
  inputs: [
    ofFiles(
      'I1',
      'tar names that leave',
      ({
        world: {
          files: { wanted },
        },
      }) => [
        [
          ...[`${upwards}${wanted}`, wanted, `a/${upwards}${wanted}`, `..${wanted}`].map((name): LayoutEntry => ({
            name,
            content: 'here',
          })),
          ...assessed(),
        ],
      ],
    ),
    ofFiles(
      'I2',
      'a package database that is a link to the host',
      ({
        world: {
          files: { folder },
        },
      }) => [
        [
          ...system,
          { name: 'var/lib/dpkg', type: 'symlink', linkname: `${upwards}${folder}` },
          { name: 'app', type: 'symlink', linkname: '../../../root' },
        ],
      ],
      { ends: [noPackages, failed], must: 'contained; nothing of the host in the report' },
    ),
    ofFiles(
      'I2',
      'a file through a link to the host',
      ({
        world: {
          files: { folder },
        },
      }) => [[{ name: 'x', type: 'symlink', linkname: folder }, { name: 'x/written', content: 'here' }, ...assessed()]],
    ),
    ofFiles('I4', 'odd whiteouts', () => [
      assessed(),
      ['x/.wh.', 'x/.wh...', '../.wh.etc', 'x/.wh..wh.x'].map((name) => ({ name, content: '' })),
    ]),
    ofFiles('I4', 'an opaque whiteout at the root', () => [assessed(), [{ name: '.wh..wh..opq', content: '' }]], {
      ends: [unhealthy, noPackages, unsupported],
      must: 'contained; never healthy',
    }),
    ofFiles(
      'I14',
      'an unknown system over a real package database',
      () => [
        [osRelease('totallynotalinux', '1'), { name: 'var/lib/dpkg/status', content: dpkgPackage('apt') + vulnerable }],
      ],
      { ends: unsupported, must: 'an unsupported system, not healthy' },
    ),
    ofFiles(
      'I14',
      'an unknown release of a known system, among a thousand files that are none',
      () => [
        [
          osRelease('debian', '99'),
          { name: 'etc/debian_version', content: '99.0\n' },
          { name: 'var/lib/dpkg/status', content: dpkgPackage('apt') + dpkgPackage('bash') },
          ...Array.from({ length: 1000 }, (_, at): LayoutEntry => ({
            name: `app/${at}/package-lock.json`,
            content: '{"lockfileVersion":',
          })),
        ],
      ],
      {
        ends: { status: 'not-applicable', reason: 'operating-system-not-supported' },
        must: 'an unsupported system, not healthy',
      },
    ),
    ofFiles(
      'I15',
      'settings of the scanner',
      () => [[...['', 'tmp/', 'input/', 'cache/'].flatMap(settings), ...assessed()]],
      { must: 'no effect on the result' },
    ),
    pushed({
      row: 'I23',
      title: 'a diff id too many',
      must: 'an invalid image',
      ends: { status: 'undetermined', reason: 'failed/bad-config' },
      make: async ({ registry, name }) => {
        const layer = await layerOf(assessed());
        return {
          digest: held(registry, imageOf([layer], { author: name, diffIds: [layer.diffId, sha256('another')] })),
        };
      },
    }),
    pushed({
      row: 'I23',
      title: 'a wrong diff id',
      must: 'an invalid image',
      ends: { status: 'undetermined', reason: 'failed/invalid-image' },
      make: async ({ registry, name }) => ({
        digest: held(registry, imageOf([await layerOf(assessed())], { author: name, diffIds: [sha256('another')] })),
      }),
    }),
    pushed({
      row: 'beyond',
      title: 'a second layer that bears the diff id of the first',
      source: 'measured: two layers of one name are one to the scanner',
      must: 'an invalid image',
      ends: { status: 'undetermined', reason: 'failed/invalid-image' },
      make: async ({ registry, name }) => {
        const [harmless, hidden] = [
          await layerOf(debian(dpkgPackage('apt'), dpkgPackage('bash'))),
          await layerOf(assessed()),
        ];
        return {
          digest: held(
            registry,
            imageOf([harmless, hidden], { author: name, diffIds: [harmless.diffId, harmless.diffId] }),
          ),
        };
      },
    }),
    pushed({
      row: 'beyond',
      title: 'no layers at all',
      source: 'idea',
      must: 'not healthy',
      ends: unsupported,
      make: ({ registry, name }) => ({ digest: held(registry, imageOf([], { author: name })) }),
    }),
    ofFiles(
      'beyond',
      'a root that is a link to the host',
      ({
        world: {
          files: { folder },
        },
      }) => [[{ name: '.', type: 'symlink', linkname: folder }, { name: './written', content: 'here' }, ...assessed()]],
      { source: 'CVE-2021-29136 of umoci', ends: contained, must: 'contained; nothing is written' },
    ),
    ofFiles(
      'beyond',
      'a hard link to a file of the host, then content for it',
      ({
        world: {
          files: { file },
        },
      }) => [
        [
          { name: 'x', type: 'link', linkname: `${upwards}${file}` },
          { name: 'x', content: 'overwritten' },
          ...assessed(),
        ],
      ],
      { source: 'CVE-2025-48387 of tar-fs' },
    ),
    ofFiles(
      'beyond',
      'a whiteout through a link to the host',
      ({
        world: {
          files: { folder },
        },
      }) => [
        [{ name: 'x', type: 'symlink', linkname: folder }, ...assessed()],
        [{ name: 'x/.wh.status', content: '' }],
      ],
      { source: 'CVE-2026-17106 of moby/go-archive, CVE-2014-6407 of Docker' },
    ),
    ofFiles(
      'beyond',
      'an apk database that is a hard link upwards',
      ({
        world: {
          files: { file },
        },
      }) => [[{ name: 'lib/apk/db/installed', type: 'link', linkname: `${upwards}${file}` }, ...assessed()]],
      { source: 'CVE-2021-3762 of Clair' },
    ),
    ofFiles(
      'beyond',
      'links that lead to each other',
      () => [
        [
          { name: 'a', type: 'symlink', linkname: 'b' },
          { name: 'b', type: 'symlink', linkname: 'a' },
          { name: 'etc/apt', type: 'symlink', linkname: '../etc/apt/x' },
          ...assessed(),
        ],
      ],
      { source: 'idea: a circle of links' },
    ),
    ofFiles(
      'beyond',
      'a pipe and a device where the package list should be',
      () => [
        [
          ...system,
          { name: 'var/lib/dpkg/status', type: 'fifo' },
          { name: 'var/lib/dpkg/status.d/x', type: 'character-device', devmajor: 1, devminor: 5 },
        ],
      ],
      { source: 'idea: what is opened is no file', ends: noPackages, must: 'not waited for; never healthy' },
    ),
    ofFiles(
      'beyond',
      'a package list that a later layer takes away',
      () => [assessed(), [{ name: 'var/lib/.wh.dpkg', content: '' }]],
      { source: 'idea: packages hidden from the scanner', ends: noPackages, must: 'never healthy' },
    ),
    ofFiles(
      'beyond',
      'a package list whose name is written otherwise',
      () => [
        [
          ...system,
          {
            name: './/var/lib//dpkg/./status',
            content: assessed().find(({ name }) => name.endsWith('status'))!.content!,
          },
        ],
      ],
      { source: 'idea: one file for the runtime, another for the scanner' },
    ),
    ofFiles(
      'beyond',
      'a package list that is there twice in one layer, the harmless one first',
      () => [[...debian(dpkgPackage('apt'), dpkgPackage('bash')), assessed().at(-1)!]],
      { source: 'idea: the runtime keeps the last' },
    ),
    ofFiles(
      'beyond',
      'a package list that is a hard link within the image',
      () => [
        [
          ...system,
          { name: 'opt/real', content: assessed().at(-1)!.content! },
          { name: 'var/lib/dpkg/status', type: 'link', linkname: 'opt/real' },
        ],
      ],
      {
        source: 'idea: a file for the runtime, nothing for the scanner',
        ends: [unhealthy, noPackages],
        must: 'never healthy',
      },
    ),
    ofFiles(
      'beyond',
      'owners, times and modes that nobody has',
      () => [
        [
          { name: 'x', content: 'x', uid: 2 ** 40, gid: 2 ** 40, mtime: new Date(8.64e15), mode: 0o7777 },
          { name: 'setuid', content: 'x', mode: 0o6755 },
          ...assessed(),
        ],
      ],
      { source: 'idea: numbers that wrap' },
    ),
  ],
};
