import { expect, it } from 'vitest';
import { ownGroupIn } from './own-group.ts';

const mounts = (...lines: string[]): string =>
  [
    '23 1 0:21 / /proc rw,relatime - proc proc rw',
    '31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
    ...lines,
    '',
  ].join('\n');
const whole = '41 31 0:38 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate';

it.each<[string, string, string, ReturnType<typeof ownGroupIn>]>([
  [
    'a service of systemd',
    mounts(whole),
    '0::/system.slice/assay.service\n',
    { path: '/sys/fs/cgroup/system.slice/assay.service', top: false },
  ],
  [
    'beside version 1',
    mounts(whole),
    '8:pids:/\n1:cpu:/elsewhere\n0::/ours\n',
    { path: '/sys/fs/cgroup/ours', top: false },
  ],
  ['the top of a container, or of the machine', mounts(whole), '0::/\n', { path: '/sys/fs/cgroup', top: true }],
  [
    'a container without a namespace for groups',
    mounts('41 31 0:38 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw'),
    '0::/docker/abc\n',
    { path: '/sys/fs/cgroup', top: false },
  ],
  [
    'a process that has moved, in a service',
    mounts(whole),
    '0::/system.slice/assay.service/assay-service\n',
    { path: '/sys/fs/cgroup/system.slice/assay.service', top: false },
  ],
  [
    'a process that has moved, in a container',
    mounts(whole),
    '0::/assay-service\n',
    { path: '/sys/fs/cgroup', top: true },
  ],
  [
    'a mount with a space in its name',
    mounts(String.raw`41 31 0:38 / /mnt/my\040groups rw - cgroup2 cgroup2 rw`),
    '0::/a\n',
    { path: '/mnt/my groups/a', top: false },
  ],
  [
    'the second mount, where the first lies outside of the namespace',
    mounts('40 31 0:38 /../.. /old rw - cgroup2 cgroup2 rw', whole),
    '0::/\n',
    { path: '/sys/fs/cgroup', top: true },
  ],
  ['a group outside of the namespace', mounts(whole), '0::/../other\n', undefined],
  [
    'a group outside of the mount',
    mounts('41 31 0:38 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw'),
    '0::/docker/def\n',
    undefined,
  ],
  ['version 1 alone', mounts(), '8:pids:/\n', undefined],
  ['a system without groups', mounts(), '', undefined],
])('finds the group of %s', (_, mountinfo, membership, found) =>
  expect(ownGroupIn(mountinfo, membership)).toEqual(found),
);
