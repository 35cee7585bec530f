import { join, relative } from 'node:path';

/** A group with controllers for its children holds no processes itself, so the service moves into this one below it. */
export const serviceGroup = 'assay-service';

/** Fields of /proc/self/mountinfo as the kernel writes them: spaces and the like as octal numbers. */
const plain = (field: string): string =>
  field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));

/** What lies above the top of the process's namespace: the kernel writes it so. */
const isAbove = (group: string): boolean => group.startsWith('/..');

/** Where version 2 is mounted, and which of its groups is seen there. */
const mountIn = (mountinfo: string): { root: string; at: string } | undefined => {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, at] = before.split(' ');
    if (after.startsWith('cgroup2 ') && root && at && !isAbove(root)) return { root: plain(root), at: plain(at) };
  }
  return undefined;
};

export interface OwnGroup {
  /** Folder of the group that the process is in. */
  path: string;
  /** The uppermost group that the process can see: that of a container, or of the machine. */
  top: boolean;
}

/**
 * The process's own group of cgroup version 2, as it was before it moved.
 *
 * @param mountinfo text of /proc/self/mountinfo
 * @param membership text of /proc/self/cgroup
 * @returns undefined where version 2 is not mounted, or the group lies outside of what is
 */
export const ownGroupIn = (mountinfo: string, membership: string): OwnGroup | undefined => {
  const mount = mountIn(mountinfo);
  const group = /^0::(\/.*)$/m.exec(membership)?.[1]?.replace(new RegExp(`(?<=/)${serviceGroup}$`), '');
  if (mount === undefined || group === undefined || isAbove(group)) return undefined;
  const below = relative(mount.root, group);
  return below.startsWith('..') ? undefined : { path: join(mount.at, below), top: group === '/' };
};
