import {
  chmodSync,
  chownSync,
  constants,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeLater } from '../../remove-later.ts';
import type { Staged } from '../drivers/driver.ts';
import { SandboxError, type SandboxCommand } from '../sandbox.ts';
import type { Slot } from './slots.ts';
import { filesIn, identityOf, WritableCopies } from './writable-copies.ts';

const unsafe = (path: string): SandboxError =>
  new SandboxError(
    'sandbox-unsafe-input',
    `${path} is neither a file nor a folder`,
    'give the sandbox plain files: it follows no links',
  );

const hasMode = (mode: number, bits: number): boolean => (mode & bits) === bits;

/**
 * Links the file if the same bytes can serve, which costs nothing. Copies it if another filesystem or other permissions
 * require that.
 */
const place = async (from: string, to: string, bits: number): Promise<void> => {
  const { mode } = statSync(from);
  if (hasMode(mode, bits)) {
    try {
      return linkSync(from, to);
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'EMLINK', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, bits);
};

/** Waits for all, also when one fails: only then can the folder be removed without a writer in it. */
const together = async <Works extends readonly unknown[]>(works: readonly [...Works]) => {
  await Promise.allSettled(works);
  return Promise.all(works);
};

/** Copies a tree of plain files so that the slot's user can read it. */
const placeTree = async (from: string, to: string): Promise<void> => {
  mkdirSync(to, { mode: 0o755 });
  chmodSync(to, 0o755); // Undo the umask.
  const entries = readdirSync(from, { withFileTypes: true });
  await together(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) await placeTree(source, target);
      else if (entry.isFile()) await place(source, target, 0o444);
      else throw unsafe(source);
    }),
  );
};

const giveTo = (user: number, folder: string): void => {
  for (const name of filesIn(folder)) chownSync(join(folder, name), user, user);
  chownSync(folder, user, user);
};

/**
 * Puts the files of a run where the slot's user can reach them. A service that is not root has one user for all, who
 * reaches what the service reaches. Then only a database that is written to is copied.
 */
export class Staging {
  readonly #directory: string;
  /** The program and a read-only database are placed once, not for each run. */
  readonly #kept = new Map<string, Promise<string>>();
  readonly #writable: WritableCopies;
  #made = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#writable = new WritableCopies(directory);
  }

  /** Runs the work with the files in place. They are removed soon after, whether it succeeds or fails. */
  async with<Result>(
    { program, input, database, caches = [], runtime }: SandboxCommand,
    slot: Slot,
    work: (staged: Staged) => Promise<Result>,
  ): Promise<Result> {
    const own = mkdtempSync(join(this.#directory, `run-${slot.number}-`));
    chmodSync(own, 0o711);
    try {
      const [programPath, inputPath, databasePath, runtimePath, ...placedCaches] = await together([
        this.#program(program, slot),
        input === undefined ? undefined : this.#input(input, own, slot),
        database && this.#database(database, own, slot),
        runtime === undefined ? undefined : this.#folder(runtime, slot),
        ...caches.map(async ({ name, path }) => ({ name, path: await this.#folder(path, slot) })),
      ]);
      const working = work({
        folder: own,
        program: programPath,
        ...(inputPath === undefined ? {} : { input: inputPath }),
        caches: placedCaches,
        ...(runtimePath === undefined ? {} : { runtime: runtimePath }),
        ...(database && databasePath !== undefined ? { database: { ...database, path: databasePath } } : {}),
      });
      // After the start of the run, which the copy would delay.
      if (database?.writable) setImmediate(() => this.#writable.makeReady(database.path));
      return await working;
    } finally {
      removeLater(own);
    }
  }

  async #program(program: string, { user }: Slot): Promise<string> {
    const real = realpathSync.native(program);
    if (user === undefined) return real;
    return this.#once(real, async (to) => {
      mkdirSync(to, { mode: 0o711 });
      const target = join(to, basename(real));
      await place(real, target, 0o555);
      return target;
    });
  }

  async #input(input: string, own: string, { user }: Slot): Promise<string> {
    const real = realpathSync.native(input);
    if (user === undefined) return real;
    await placeTree(real, join(own, 'input'));
    return join(own, 'input');
  }

  async #database({ path, writable }: { path: string; writable: boolean }, own: string, slot: Slot): Promise<string> {
    if (!writable) return this.#folder(path, slot);
    const target = join(own, 'database');
    renameSync(await this.#writable.take(path), target);
    if (slot.user !== undefined) giveTo(slot.user, target);
    return target;
  }

  async #folder(path: string, { user }: Slot): Promise<string> {
    const real = realpathSync.native(path);
    if (user === undefined) return real;
    return this.#once(real, async (to) => {
      await placeTree(real, to);
      return to;
    });
  }

  async #once(path: string, make: (to: string) => Promise<string>): Promise<string> {
    const key = `${path} ${identityOf(path)}`;
    const known = this.#kept.get(key);
    if (known) return known;
    const made = make(join(this.#directory, `kept-${this.#made++}`));
    this.#kept.set(key, made);
    made.catch(() => this.#kept.delete(key));
    return made;
  }
}
