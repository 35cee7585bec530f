import { spawnSync } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeWritable } from '@assay/event-sourcing';
import { whileMomentary } from './momentary.ts';
import { emptyProgram } from '../drivers/elf.ts';
import { isLeftOver, isMarked, markOfProcess } from './process-mark.ts';
import { SandboxError } from '../sandbox.ts';
import type { Architecture } from '../drivers/syscalls.ts';

/** Others may pass through, but not list: a slot's user reaches only paths that it knows. */
const passableMode = 0o711;

const isOurs = async (path: string): Promise<boolean> => {
  const found = await lstat(path);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
};

/** Removes what killed processes have left here. */
const removeLeftovers = async (base: string): Promise<void> => {
  for (const name of await readdir(base))
    if (await isLeftOver(name)) await rm(join(base, name), { recursive: true, force: true });
};

const unreachable = async (directory: string): Promise<string | undefined> => {
  for (let path = directory; path !== '/'; path = join(path, '..')) {
    if (((await lstat(path)).mode & 0o001) === 0) return path;
  }
  return undefined;
};

const start = async (program: string): Promise<void> => {
  const { error, status, signal } = spawnSync(program, { stdio: 'ignore' });
  if (status !== 0)
    throw new Error((error as NodeJS.ErrnoException | undefined)?.code ?? `ended with ${signal ?? status}`);
};

/**
 * Starts a program that should do nothing.
 *
 * @returns the error, if it did not start
 */
export const startFailure = (program: string): Promise<string | undefined> =>
  whileMomentary(() => start(program)).then(
    () => undefined,
    (error: Error) => error.message,
  );

/**
 * Returns the reason why programs do not run there: many hardened machines mount /tmp with noexec. Our program does
 * nothing, so it may run without walls.
 */
const whyNothingRuns = async (directory: string): Promise<string | undefined> => {
  const program = join(directory, 'runs');
  await writeFile(program, emptyProgram(process.arch as Architecture), { mode: 0o755 });
  try {
    return await startFailure(program);
  } finally {
    await rm(program);
  }
};

const remedy =
  'set ASSAY_RUN_DIRECTORY to a folder of this user, below folders of mode 0711 or 0755, from which programs may run';
const unfit = (message: string): SandboxError => new SandboxError('sandbox-run-directory', message, remedy);

/** Makes a folder and returns its real path: a link may hide that users cannot reach it. */
const made = async (folder: string): Promise<string> => {
  try {
    makeWritable(folder);
    return await realpath(folder);
  } catch (error) {
    throw unfit(`${folder} cannot be written to (${(error as Error).message})`);
  }
};

const openBelow = async (folder: string): Promise<string> => {
  const base = await made(folder);
  // In a world-writable folder another user may have made it first, and could then swap our files.
  if (!(await isOurs(base))) throw unfit(`${base} belongs to another user or can be written to by others`);
  // A folder that holds other things too (for example `/srv`) keeps its mode.
  if ((await readdir(base)).every(isMarked)) await chmod(base, passableMode);
  const closed = process.getuid?.() === 0 ? await unreachable(base) : undefined;
  if (closed) throw unfit(`the users of the sandbox cannot pass ${closed}`);
  await removeLeftovers(base);
  const own = await mkdtemp(join(base, await markOfProcess()));
  await chmod(own, passableMode);
  const why = await whyNothingRuns(own);
  if (why === undefined) return own;
  await rm(own, { recursive: true });
  throw unfit(`programs cannot run from ${base} (${why})`);
};

/**
 * Opens the folder of this process for the files of its runs.
 *
 * @throws SandboxError if a slot's user cannot reach it, another user owns it, or nothing runs from it
 */
export const openRunDirectory = async (named?: string): Promise<string> => {
  if (named) return openBelow(resolve(named));
  const failures: string[] = [];
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp', '/run'])) {
    try {
      return await openBelow(join(parent, `assay-run-${process.getuid?.() ?? 0}`));
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw unfit(failures.join('; '));
};
