import { mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { CorpusImage, Recipe } from './recipe.ts';
import { debianRoot, debOf, dpkg, dpkgQuery, layoutOfTars, tarred, written } from './roots.ts';
import { needs, run, shell } from './tools.ts';

/** A Debian, changed by `change` and packed by tar. */
const packed =
  (args: readonly string[], change: (root: string, folder: string) => Promise<unknown> = () => Promise.resolve()) =>
  async (folder: string): Promise<CorpusImage> => {
    const root = await debianRoot(folder);
    await change(root, folder);
    return { packages: await dpkgQuery(root), layout: await tarred(folder, root, ...args) };
  };

const long = `usr/share/${'a-long-name/'.repeat(6)}`;
const withLongNames = (root: string): Promise<void> =>
  written(root, { [`${long}short`]: 'x\n', [`${long}${'n'.repeat(90)}`]: 'x\n' });
/** A name that has no room in a header without extensions, even with its prefix. */
const withLongestName = (root: string): Promise<void> => written(root, { [`${long}${'n'.repeat(120)}`]: 'x\n' });

const withSparseFile = async (root: string): Promise<void> => {
  const lastlog = join(root, 'var/log/lastlog');
  await written(root, { 'var/log/lastlog': '' });
  await truncate(lastlog, 8 * 2 ** 20);
  await shell(`printf x | dd of=${lastlog} bs=1 seek=4000000 conv=notrunc status=none`);
};

const withProgram = (root: string): Promise<void> => written(root, { 'usr/bin/ping': 'ping\n' });
const xattrs = ['--format=posix', '--xattrs', '--xattrs-include=*'];

const quoted = `# nginx for Debian

    Package: nginx
    Status: install ok installed
    Version: 1.0.0-1

Package: nginx
Status: install ok installed
Version: 1.0.0-1
`;

/** Roots that dpkg installed, in the formats of tar. */
export const archives: readonly Recipe[] = [
  { name: 'tar-gnu', make: packed(['--format=gnu'], withLongestName) },
  { name: 'tar-ustar', make: packed(['--format=ustar'], withLongNames) },
  { name: 'tar-pax', isLocal: true, make: packed(['--format=posix'], withLongestName) },
  { name: 'tar-v7', isLocal: true, make: packed(['--format=v7']) },
  { name: 'tar-label', make: packed(['--format=gnu', '--label=backup']) },
  { name: 'tar-sparse-gnu', isLocal: true, make: packed(['--sparse', '--format=gnu'], withSparseFile) },
  { name: 'tar-sparse-pax', make: packed(['--sparse', '--format=posix'], withSparseFile) },
  {
    name: 'tar-capability',
    isLocal: true,
    make: packed(xattrs, async (root) => {
      await needs('setcap');
      await withProgram(root);
      await run('setcap', ['cap_net_raw+ep', join(root, 'usr/bin/ping')]);
    }),
  },
  {
    name: 'tar-hard-links',
    isLocal: true,
    make: packed(['--format=gnu'], (root) =>
      shell('ln usr/bin/bash usr/bin/a; ln usr/bin/apt usr/bin/z', { cwd: root }),
    ),
  },
  {
    name: 'tar-link-below',
    isLocal: true,
    make: async (folder) => {
      const root = await debianRoot(folder);
      await written(folder, { 'more/lib/libfoo.so': 'x\n' });
      await mkdir(join(root, 'usr/lib'), { recursive: true });
      const archive = join(folder, 'layer.tar');
      await shell('ln -s usr/lib lib', { cwd: root });
      await run('tar', ['--create', '--file', archive, '--directory', root, '.']);
      await run('tar', ['--append', '--file', archive, '--directory', join(folder, 'more'), './lib/libfoo.so']);
      return { packages: await dpkgQuery(root), layout: await layoutOfTars(folder, archive) };
    },
  },
  {
    name: 'tar-acl',
    make: packed(['--format=posix', '--acls'], async (root) => {
      await needs('setfacl');
      await withProgram(root);
      await run('setfacl', ['-m', 'u:1000:rx', join(root, 'usr/bin/ping')]);
    }),
  },
  {
    name: 'tar-xattr',
    make: packed(xattrs, async (root) => {
      await needs('setfattr');
      await withProgram(root);
      await run('setfattr', ['-n', 'user.mark', '-v', '0x610062', join(root, 'usr/bin/ping')]);
    }),
  },
  {
    name: 'bsdtar-pax',
    make: async (folder) => {
      await needs('bsdtar', 'setfacl', 'setcap');
      const root = await debianRoot(folder);
      await withProgram(root);
      await shell('setfacl -m u:1000:rx usr/bin/ping; setcap cap_net_raw+ep usr/bin/ping', { cwd: root });
      const archive = join(folder, 'layer.tar');
      await run('bsdtar', ['--format=pax', '--acls', '--xattrs', '-cf', archive, '-C', root, '.']);
      return { packages: await dpkgQuery(root), layout: await layoutOfTars(folder, archive) };
    },
  },
  {
    name: 'dpkg-states',
    isLocal: true,
    make: packed([], async (root, folder) => {
      const files = { 'etc/nano.conf': 'x\n', 'DEBIAN/conffiles': '/etc/nano.conf\n' };
      await dpkg(root, '--install', await debOf(folder, { name: 'nano', version: '7.2-1', files }));
      await dpkg(root, '--remove', 'nano');
      await shell(`echo libssl3 hold | dpkg --root ${root} --set-selections`);
    }),
  },
  {
    name: 'dpkg-readme',
    isLocal: true,
    make: packed([], async (root, folder) => {
      const files = { 'usr/share/doc/nginx/README.md': quoted };
      await dpkg(
        root,
        '--install',
        await debOf(folder, { name: 'nginx-doc', version: '1.22.1-9', source: 'nginx', files }),
      );
    }),
  },
];
