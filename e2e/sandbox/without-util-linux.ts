import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import type { Removal } from './arguments.ts';

const closeRoot = "{ my $none = ''; my $root = '/mnt'; mounted($none, $root, $none, $BIND | $REMOUNT";
const sees = (folder: string): string => `mounted('${folder}', '/mnt${folder}', '', $BIND | 16384, 0);`;

/** Edits the command line of util-linux and the launcher in perl so that it lacks one wall. */
export const withoutUtilLinux: Partial<Record<WallId, Removal>> = {
  'user-namespace': ({ args }) => {
    args.drop('--map-root-user');
  },
  'own-root': ({ args }) => {
    args.edit(
      closeRoot,
      `folder("/mnt/$_") for qw(etc var run); ${['/etc', '/var', '/tmp', '/run'].map(sees).join(' ')} ${closeRoot}`,
    );
  },
  'pid-namespace': ({ args }) => {
    args.drop('--pid');
  },
  'network-namespace': ({ args }) => {
    args.drop('--net');
  },
  'ipc-namespace': ({ args }) => {
    args.drop('--ipc');
  },
  'uts-namespace': ({ args }) => {
    args.drop('--uts');
    args.edit(/\{ my \$name = 'scan'; .*\n/, '');
  },
  'cgroup-namespace': ({ args }) => {
    args.drop('--cgroup');
  },
  'no-proc': ({ args, removed }) => {
    args.edit(
      closeRoot,
      "folder('/mnt/proc'); " +
        (removed.has('pid-namespace')
          ? sees('/proc')
          : "mounted('proc', '/mnt/proc', 'proc', $NOSUID | $NODEV | $NOEXEC, '');") +
        ` ${closeRoot}`,
    );
  },
  'no-devices': ({ args }) => {
    args.edit(/bound\('\/dev\/null', .*/, sees('/dev'));
  },
  'read-only-root': ({ args }) => {
    args.edit(/\{ my \$none = ''; my \$root = '\/mnt'; .*\n/, '');
  },
  'read-only-input': ({ args }) => {
    args.edit("'/mnt/input', $RDONLY |", "'/mnt/input',");
  },
  'read-only-scanner': ({ args }) => {
    args.edit("'/mnt/scanner/scan', $RDONLY |", "'/mnt/scanner/scan',");
  },
  'scratch-noexec': ({ args }) => {
    args.edit("'tmpfs', $NOSUID | $NODEV | $NOEXEC, \"size", "'tmpfs', $NOSUID | $NODEV, \"size");
    args.edit('"/mnt/$_", $NOSUID | $NODEV | $NOEXEC', '"/mnt/$_", $NOSUID | $NODEV');
  },
  'no-new-privileges': ({ args }) => {
    // The kernel then accepts no filter.
    args.edit(/control\(38, 1\).*\n/, '');
    args.edit(/syscall\(\$prctl, \$set_seccomp.*\n/, '');
  },
  capabilities: ({ args }) => {
    args.edit(/for my \$capability.*\n/, '');
    args.edit(/control\(23, .*\n/, '');
    args.edit(/control\(47, 4\);\n/, '');
    args.edit(/\{ my \(\$header, \$none\).*\n/, '');
  },
  environment: ({ args }) => {
    args.edit('%ENV = %environment;', '');
  },
  descriptors: ({ args }) => {
    args.edit(/syscall\(\$close_range.*\n/, '');
  },
  'end-with-service': ({ args }) => {
    args.dropAround('--pdeathsig', { before: 1, after: 1 });
    args.drop('--kill-child');
  },
};
