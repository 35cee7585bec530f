import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import type { Arguments, Removal } from './arguments.ts';

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
const withoutProc = (args: Arguments): void => {
  const mount = 'mount -t proc proc /proc && ';
  if (args.all.some((arg) => arg.includes(mount))) args.edit(mount, '');
};

const withoutNamespaces: Removal = ({ args, removed }) => {
  const kept = Object.entries(namespaces)
    .filter(([wall]) => !removed.has(wall as WallId))
    .map(([, kind]) => `--unshare-${kind}`);
  args.replace(['--unshare-all'], ...kept);
  if (removed.has('pid-namespace')) {
    args.drop('--as-pid-1');
    args.drop('--pid', '--fork', '--kill-child');
    withoutProc(args);
  }
  if (removed.has('uts-namespace')) args.dropAround('--hostname', { after: 1 });
};

/** Edits bubblewrap's command line so that it lacks one wall. */
export const withoutBwrap: Partial<Record<WallId, Removal>> = {
  'user-namespace': ({ args, removed }) => {
    args.drop('--map-root-user');
    withoutProc(args);
    args.drop('--unshare-user');
    if (!removed.has('no-nested-namespaces')) args.drop('--disable-userns');
    args.dropAround('--uid', { after: 1 });
    args.dropAround('--gid', { after: 1 });
    // `--unshare-all` includes these namespaces as well.
    if (!Object.keys(namespaces).some((wall) => removed.has(wall as WallId)))
      args.replace(['--unshare-all'], ...Object.values(namespaces).map((kind) => `--unshare-${kind}`));
  },
  'no-nested-namespaces': ({ args }) => {
    args.drop('--disable-userns');
  },
  'own-root': ({ args }) => {
    args.drop('--bind', '/mnt/tmp', '/tmp');
    args.put(['--ro-bind'], ...hostFolders);
  },
  ...Object.fromEntries(Object.keys(namespaces).map((wall) => [wall, withoutNamespaces])),
  'no-proc': ({ args, removed }) => {
    args.put(['--remount-ro'], ...(removed.has('pid-namespace') ? ['--bind', '/proc', '/proc'] : ['--proc', '/proc']));
  },
  'no-devices': ({ args }) => {
    args.replace(['--dev-bind', '/dev/null', '/dev/null'], '--dev-bind', '/dev', '/dev');
  },
  'read-only-root': ({ args }) => {
    args.drop('--remount-ro', '/');
  },
  'read-only-input': ({ args }) => {
    args.all[args.at('/input') - 2] = '--bind';
  },
  'read-only-scanner': ({ args }) => {
    args.all[args.at('/scanner/scan') - 2] = '--bind';
  },
  'scratch-noexec': ({ args }) => {
    args.edit('noexec,', '');
  },
  'no-new-privileges': ({ args, shim }) => {
    // bubblewrap always requests no_new_privs itself, so it is given another library. The kernel then accepts no
    // filter.
    args.put([args.ending('/bwrap')], '/usr/bin/env', `LD_PRELOAD=${shim}`);
    args.drop('--add-seccomp-fd', '3');
  },
  capabilities: ({ args }) => {
    args.replace(['--cap-drop', 'ALL'], '--cap-add', 'ALL');
  },
  environment: ({ args }) => {
    args.drop('--clearenv');
  },
  descriptors: ({ args }) => {
    args.dropAround('-p', { before: 1, after: 3 });
  },
  'end-with-service': ({ args, removed }) => {
    if (args.all.includes('--die-with-parent')) args.drop('--die-with-parent');
    if (!removed.has('pid-namespace')) args.drop('--kill-child');
  },
};
