import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls.ts';
import type { Removal } from './without.ts';

const closeRoot = "{ my $none = ''; my $root = '/mnt'; mounted($none, $root, $none, $BIND | $REMOUNT";
const sees = (folder: string): string => `mounted('${folder}', '/mnt${folder}', '', $BIND | 16384, 0);`;

/** Edits the command line of util-linux and the launcher in perl so that it lacks one wall. */
export const withoutUtilLinux: Partial<Record<WallId, Removal>> = {
  'user-namespace': ({ words }) => {
    words.drop('--map-root-user');
  },
  'own-root': ({ words }) => {
    words.edit(
      closeRoot,
      `folder("/mnt/$_") for qw(etc var run); ${['/etc', '/var', '/tmp', '/run'].map(sees).join(' ')} ${closeRoot}`,
    );
  },
  'pid-namespace': ({ words }) => {
    words.drop('--pid');
  },
  'network-namespace': ({ words }) => {
    words.drop('--net');
  },
  'ipc-namespace': ({ words }) => {
    words.drop('--ipc');
  },
  'uts-namespace': ({ words }) => {
    words.drop('--uts');
    words.edit(/\{ my \$name = 'scan'; .*\n/, '');
  },
  'cgroup-namespace': ({ words }) => {
    words.drop('--cgroup');
  },
  'no-proc': ({ words, removed }) => {
    words.edit(
      closeRoot,
      "folder('/mnt/proc'); " +
        (removed.has('pid-namespace')
          ? sees('/proc')
          : "mounted('proc', '/mnt/proc', 'proc', $NOSUID | $NODEV | $NOEXEC, '');") +
        ` ${closeRoot}`,
    );
  },
  'no-devices': ({ words }) => {
    words.edit(/bound\('\/dev\/null', .*/, sees('/dev'));
  },
  'read-only-root': ({ words }) => {
    words.edit(/\{ my \$none = ''; my \$root = '\/mnt'; .*\n/, '');
  },
  'read-only-input': ({ words }) => {
    words.edit("'/mnt/input', $RDONLY |", "'/mnt/input',");
  },
  'read-only-scanner': ({ words }) => {
    words.edit("'/mnt/scanner/scan', $RDONLY |", "'/mnt/scanner/scan',");
  },
  'scratch-noexec': ({ words }) => {
    words.edit("'tmpfs', $NOSUID | $NODEV | $NOEXEC, \"size", "'tmpfs', $NOSUID | $NODEV, \"size");
    words.edit('"/mnt/$_", $NOSUID | $NODEV | $NOEXEC', '"/mnt/$_", $NOSUID | $NODEV');
  },
  'no-new-privileges': ({ words }) => {
    // The kernel then accepts no filter.
    words.edit(/control\(38, 1\).*\n/, '');
    words.edit(/syscall\(\$prctl, \$set_seccomp.*\n/, '');
  },
  capabilities: ({ words }) => {
    words.edit(/for my \$capability.*\n/, '');
    words.edit(/control\(23, .*\n/, '');
    words.edit(/control\(47, 4\);\n/, '');
    words.edit(/\{ my \(\$header, \$none\).*\n/, '');
  },
  environment: ({ words }) => {
    words.edit('%ENV = %environment;', '');
  },
  descriptors: ({ words }) => {
    words.edit(/syscall\(\$close_range.*\n/, '');
  },
  'end-with-service': ({ words }) => {
    words.dropAround('--pdeathsig', { before: 1, after: 1 });
    words.drop('--kill-child');
  },
};
