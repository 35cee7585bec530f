import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxError } from './sandbox.ts';

/** Others may pass through, and see nothing on the way: a slot's user reaches what it knows the name of. */
const passableMode = 0o711;

/** When a process began, in ticks since boot: tells a process from a later one with the same number. */
const startOf = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};

const isOurs = async (path: string): Promise<boolean> => {
  const found = await lstat(path);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
};

/** What processes that were killed have left here. Named by host, since containers may share a folder but not process numbers. */
const removeLeftovers = async (base: string): Promise<void> => {
  for (const name of await readdir(base)) {
    const [, host, pid, start] = /^(.+)\+(\d+)\+(\d+)\+/.exec(name) ?? [];
    if (host !== hostname() || start === await startOf(Number(pid))) continue;
    await rm(join(base, name), { recursive: true, force: true });
  }
};

const unreachable = async (directory: string): Promise<string | undefined> => {
  for (let path = directory; path !== '/'; path = join(path, '..')) {
    if (((await lstat(path)).mode & 0o001) === 0) return path;
  }
  return undefined;
};

/**
 * The folder of this process in which runs find their files.
 *
 * @throws SandboxError where a slot's user could not get there, or somebody else owns the place
 */
export const openRunDirectory = async (env: NodeJS.ProcessEnv): Promise<string> => {
  const base = env['ASSAY_RUN_DIRECTORY'] ?? join(tmpdir(), `assay-run-${process.getuid?.() ?? 0}`);
  await mkdir(base, { recursive: true, mode: passableMode });
  // In a folder that anybody may write to, somebody else can have made it first, and could then swap our files.
  if (!await isOurs(base)) {
    throw new SandboxError('sandbox-run-directory', `${base} belongs to another user or can be written to by others`, 'set ASSAY_RUN_DIRECTORY to a folder of this user');
  }
  await chmod(base, passableMode);
  const closed = await unreachable(base);
  if (closed && process.getuid?.() === 0) {
    throw new SandboxError('sandbox-run-directory', `the sandbox's users cannot pass ${closed}`, 'set ASSAY_RUN_DIRECTORY to a folder below folders of mode 0711 or 0755');
  }
  await removeLeftovers(base);
  const own = await mkdtemp(join(base, `${hostname()}+${process.pid}+${await startOf(process.pid)}+`));
  await chmod(own, passableMode);
  return own;
};
