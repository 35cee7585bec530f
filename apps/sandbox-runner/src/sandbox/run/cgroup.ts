import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, readdirSync, statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { ownGroupIn, serviceGroup } from './own-group.ts';
import { isLeftOver, markOfProcess } from './process-mark.ts';
import { defaultLimits, SandboxError, type SandboxLimits } from '../sandbox.ts';
import { controllers, ScanGroup, writeTo, type Controller } from './scan-group.ts';

/** `CGROUP2_SUPER_MAGIC` of linux/magic.h. */
const groupFileSystem = 0x63677270;
const tryOutMs = 5_000;
const setting = 'ASSAY_SANDBOX_CGROUP';
const scanPrefix = 'assay-scan+';

/** Makes the groups of scans, below a group that was delegated to this process. */
export class ScanGroups {
  readonly path: string;
  /** The controllers that bound each scan; the others are not available. */
  readonly bounded: ReadonlySet<Controller>;
  readonly #mark: string;
  #made = 0;

  constructor(path: string, bounded: ReadonlySet<Controller>, mark: string) {
    this.path = path;
    this.bounded = bounded;
    this.#mark = mark;
  }

  /** @throws Error of the file system if the kernel makes no group */
  begin(limits: SandboxLimits): ScanGroup {
    return ScanGroup.make(join(this.path, `${scanPrefix}${this.#mark}${this.#made++}`), this.bounded, limits);
  }
}

/** The groups, or why there are none. */
export type FoundGroups = { groups: ScanGroups } | { why: string };

/** The reason why a group is not usable. */
class Unfit extends Error {}

const unusable = (path: string, why: string): SandboxError =>
  new SandboxError(
    'sandbox-cgroup',
    `${setting} is ${path}, and ${why}`,
    'name a group that is delegated to this user and holds no other process, set it to off, or unset it',
  );

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};
const wordsIn = (path: string): string[] => textOf(path).split(/\s+/).filter(Boolean);

const checkWritable = (path: string): void => {
  for (const file of [path, ...['cgroup.procs', 'cgroup.subtree_control'].map((name) => join(path, name))]) {
    try {
      accessSync(file, constants.W_OK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new Unfit(
        code === 'EROFS' ? `${path} is mounted read-only` : `${path} is not delegated to this user (${code})`,
      );
    }
  }
  if (!existsSync(join(path, 'cgroup.type')))
    throw new Unfit(`${path} is the root group of the machine, and is not delegated`);
  if (!existsSync(join(path, 'cgroup.kill'))) throw new Unfit('the kernel is older than 5.14 and cannot end a group');
};

/** Leaves a group whose children need controllers. A group with other processes is not ours to rearrange. */
const leave = async (path: string): Promise<void> => {
  const inside = wordsIn(join(path, 'cgroup.procs'));
  if (inside.length === 0) return;
  if (inside.some((pid) => Number(pid) !== process.pid)) throw new Unfit(`there are other processes in ${path}`);
  const own = join(path, serviceGroup);
  await mkdir(own, { recursive: true });
  writeTo(join(own, 'cgroup.procs'), String(process.pid));
};

/** Enables each controller by itself: if one is not available, the others still are. */
const enabled = (path: string): ReadonlySet<Controller> => {
  const there = wordsIn(join(path, 'cgroup.controllers'));
  return new Set(
    controllers.filter((controller) => {
      if (!there.includes(controller)) return false;
      try {
        writeTo(join(path, 'cgroup.subtree_control'), `+${controller}`);
        return true;
      } catch {
        return false;
      }
    }),
  );
};

/** Removes what killed processes left: their scans, which may still run. */
const removeLeftOvers = async (path: string): Promise<void> => {
  for (const name of readdirSync(path)) {
    if (name.startsWith(scanPrefix) && (await isLeftOver(name.slice(scanPrefix.length))))
      await new ScanGroup(join(path, name)).end();
  }
};

/** Puts a process into a group and ends it with the group, as with each scan. */
const tryOut = async (groups: ScanGroups): Promise<void> => {
  const group = groups.begin(defaultLimits);
  const child = spawn('/bin/sh', ['-c', 'read -r end'], { stdio: ['pipe', 'ignore', 'ignore'], timeout: tryOutMs });
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (_, signal) => resolve(signal));
  });
  ended.catch(() => undefined); // It is awaited below, if it was started at all.
  try {
    if (child.pid !== undefined) group.add(child.pid);
    group.kill();
    if ((await ended) !== 'SIGKILL') throw new Unfit(`the processes in ${groups.path} do not end with it`);
  } finally {
    child.kill('SIGKILL');
    await group.end();
  }
};

/** @throws Unfit, or Error of the file system, if the group cannot be used */
const openIn = async (path: string): Promise<ScanGroups> => {
  checkWritable(path);
  await leave(path);
  await removeLeftOvers(path);
  const groups = new ScanGroups(path, enabled(path), await markOfProcess());
  await tryOut(groups);
  return groups;
};

const isGroup = (path: string): boolean => {
  try {
    return isAbsolute(path) && statfsSync(path).type === groupFileSystem;
  } catch {
    return false;
  }
};

const delegatedTo = (path: string, top: boolean): string => {
  if (process.getuid?.() === 0 && !top)
    throw new Unfit(`root may write to ${path} whether it is delegated or not; if it is, name it in ${setting}`);
  return path;
};

/**
 * Opens the control groups for scans, if a group is delegated to this process: its own, or the one that
 * `ASSAY_SANDBOX_CGROUP` names. The process leaves that group for one below it, so that scans can have controllers.
 *
 * @throws SandboxError if the named group cannot be used
 */
export const openGroups = async (named?: string): Promise<FoundGroups> => {
  if (named === 'off') return { why: `${setting} is off` };
  if (named) {
    if (!isGroup(named)) throw unusable(named, 'it is not the folder of a group of cgroup version 2');
    return {
      groups: await openIn(named).catch((error: Error) => {
        throw unusable(named, error.message);
      }),
    };
  }
  const own = ownGroupIn(textOf('/proc/self/mountinfo'), textOf('/proc/self/cgroup'));
  if (own === undefined) return { why: 'cgroup version 2 is not mounted here' };
  try {
    return { groups: await openIn(delegatedTo(own.path, own.top)) };
  } catch (error) {
    return { why: (error as Error).message };
  }
};
