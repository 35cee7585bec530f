import { join, relative } from 'node:path';

/** A group with controllers for its children holds no processes itself, so the service moves into this child group. */
export const serviceGroup = 'assay-service';

/** Decodes a field of /proc/self/mountinfo: the kernel writes spaces and the like as octal numbers. */
const plain = (field: string): string =>
  field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));

/** A group above the top of the process's namespace, as the kernel writes it. */
const isAbove = (group: string): boolean => group.startsWith('/..');

/** Returns the mount of version 2, and the group at its root. */
const mountIn = (mountinfo: string): { root: string; at: string } | undefined => {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, at] = before.split(' ');
    if (after.startsWith('cgroup2 ') && root && at && !isAbove(root)) return { root: plain(root), at: plain(at) };
  }
  return undefined;
};

export interface OwnGroup {
  /** Folder of the process's group. */
  path: string;
  /** Whether it is the uppermost group that the process can see: that of a container, or of the machine. */
  top: boolean;
}

/**
 * Finds the process's own group of cgroup version 2, as it was before the process moved.
 *
 * @param mountinfo text of /proc/self/mountinfo
 * @param membership text of /proc/self/cgroup
 * @returns undefined if version 2 is not mounted, or the group is outside of the mount
 */
export const ownGroupIn = (mountinfo: string, membership: string): OwnGroup | undefined => {
  const mount = mountIn(mountinfo);
  const group = /^0::(\/.*)$/m.exec(membership)?.[1]?.replace(new RegExp(`(?<=/)${serviceGroup}$`), '');
  if (mount === undefined || group === undefined || isAbove(group)) return undefined;
  const below = relative(mount.root, group);
  return below.startsWith('..') ? undefined : { path: join(mount.at, below), top: group === '/' };
};
