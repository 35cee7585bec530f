import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls.ts';
import type { Removal } from './without.ts';
import type { Words } from './words.ts';

const namespaces = {
  'pid-namespace': 'pid',
  'network-namespace': 'net',
  'ipc-namespace': 'ipc',
  'uts-namespace': 'uts',
  'cgroup-namespace': 'cgroup',
} as const;

/** Opens the host: not its root, in which bubblewrap would have to make folders, but the folders in it. */
const hostFolders = ['/etc', '/var', '/tmp', '/run'].flatMap((folder) => ['--bind', folder, folder]);

/** Only the owner of a PID namespace may mount its /proc. */
const withoutProc = (words: Words): void => {
  const mount = 'mount -t proc proc /proc && ';
  if (words.all.some((word) => word.includes(mount))) words.edit(mount, '');
};

const withoutNamespaces: Removal = ({ words, removed }) => {
  const kept = Object.entries(namespaces)
    .filter(([wall]) => !removed.has(wall as WallId))
    .map(([, kind]) => `--unshare-${kind}`);
  words.replace(['--unshare-all'], ...kept);
  if (removed.has('pid-namespace')) {
    words.drop('--as-pid-1');
    words.drop('--pid', '--fork', '--kill-child');
    withoutProc(words);
  }
  if (removed.has('uts-namespace')) words.dropAround('--hostname', { after: 1 });
};

/** Edits bubblewrap's command line so that it lacks one wall. */
export const withoutBwrap: Partial<Record<WallId, Removal>> = {
  'user-namespace': ({ words, removed }) => {
    words.drop('--map-root-user');
    withoutProc(words);
    words.drop('--unshare-user');
    if (!removed.has('no-nested-namespaces')) words.drop('--disable-userns');
    words.dropAround('--uid', { after: 1 });
    words.dropAround('--gid', { after: 1 });
    // `--unshare-all` includes these namespaces as well.
    if (!Object.keys(namespaces).some((wall) => removed.has(wall as WallId)))
      words.replace(['--unshare-all'], ...Object.values(namespaces).map((kind) => `--unshare-${kind}`));
  },
  'no-nested-namespaces': ({ words }) => {
    words.drop('--disable-userns');
  },
  'own-root': ({ words }) => {
    words.drop('--bind', '/mnt/tmp', '/tmp');
    words.put(['--ro-bind'], ...hostFolders);
  },
  ...Object.fromEntries(Object.keys(namespaces).map((wall) => [wall, withoutNamespaces])),
  'no-proc': ({ words, removed }) => {
    words.put(['--remount-ro'], ...(removed.has('pid-namespace') ? ['--bind', '/proc', '/proc'] : ['--proc', '/proc']));
  },
  'no-devices': ({ words }) => {
    words.replace(['--dev-bind', '/dev/null', '/dev/null'], '--dev-bind', '/dev', '/dev');
  },
  'read-only-root': ({ words }) => {
    words.drop('--remount-ro', '/');
  },
  'read-only-input': ({ words }) => {
    words.all[words.at('/input') - 2] = '--bind';
  },
  'read-only-scanner': ({ words }) => {
    words.all[words.at('/scanner/scan') - 2] = '--bind';
  },
  'scratch-noexec': ({ words }) => {
    words.edit('noexec,', '');
  },
  'no-new-privileges': ({ words, shim }) => {
    // bubblewrap always requests no_new_privs itself, so it is given another library. The kernel then accepts no
    // filter.
    words.put([words.ending('/bwrap')], '/usr/bin/env', `LD_PRELOAD=${shim}`);
    words.drop('--add-seccomp-fd', '3');
  },
  capabilities: ({ words }) => {
    words.replace(['--cap-drop', 'ALL'], '--cap-add', 'ALL');
  },
  environment: ({ words }) => {
    words.drop('--clearenv');
  },
  descriptors: ({ words }) => {
    words.dropAround('-p', { before: 1, after: 3 });
  },
  'end-with-service': ({ words, removed }) => {
    if (words.all.includes('--die-with-parent')) words.drop('--die-with-parent');
    if (!removed.has('pid-namespace')) words.drop('--kill-child');
  },
};
