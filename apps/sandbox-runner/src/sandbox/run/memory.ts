import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';

export interface TreeMemory {
  rssBytes: number;
  peakBytes: number;
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  } // It ended meanwhile.
};

const kilobytes = (status: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);

/** The parent of a process. Its name may contain spaces and brackets, so the fields are read after the last bracket. */
const parentOf = (pid: string): number => {
  const stat = read(`/proc/${pid}/stat`) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

const childrenBySearch = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);

const tasksOf = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  } // It ended meanwhile.
};

/**
 * A child belongs to the thread that started it, so every thread is read. Kernels without CONFIG_PROC_CHILDREN do not
 * list children; there every process is looked at.
 */
export const childrenOf = (pid: number): number[] => {
  const tasks = tasksOf(pid);
  const listed = tasks.map((task) => read(`/proc/${pid}/task/${task}/children`)).filter((list) => list !== undefined);
  if (tasks.length > 0 && listed.length === 0) return childrenBySearch(pid);
  return listed.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
};

/** A process and all its descendants. */
export const treeOf = (root: number): number[] => [root, ...childrenOf(root).flatMap(treeOf)];

const blockBytes = 512;

/**
 * Files in memory (memfd) that a process has open, as inode and bytes. Pages that are not mapped are in no process's
 * resident memory.
 */
const memoryFilesOf = (pid: number): [file: number, bytes: number][] => {
  try {
    return readdirSync(`/proc/${pid}/fd`)
      .map((fd) => `/proc/${pid}/fd/${fd}`)
      .filter((path) => readlinkSync(path).startsWith('/memfd:'))
      .map((path) => {
        const { ino, blocks } = statSync(path);
        return [ino, blocks * blockBytes];
      });
  } catch {
    return [];
  } // It ended meanwhile.
};

/**
 * Resident memory of a process and its descendants. Read synchronously: the files are few and small, and a watchdog
 * must not wait behind other work on the thread pool.
 *
 * @param withFiles whether files in memory count, each once; their mapped pages do not count then
 */
export const memoryOfTree = (root: number, withFiles = false): TreeMemory => {
  const total: TreeMemory = { rssBytes: 0, peakBytes: 0 };
  const files = new Map<number, number>();
  for (const pid of treeOf(root)) {
    const status = read(`/proc/${pid}/status`) ?? '';
    const mappedFiles = withFiles ? kilobytes(status, 'RssShmem') : 0;
    total.rssBytes += (kilobytes(status, 'VmRSS') - mappedFiles) * 1024;
    total.peakBytes += (kilobytes(status, 'VmHWM') - mappedFiles) * 1024;
    if (withFiles) for (const [file, bytes] of memoryFilesOf(pid)) files.set(file, bytes);
  }
  const inFiles = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { rssBytes: total.rssBytes + inFiles, peakBytes: total.peakBytes + inFiles };
};
