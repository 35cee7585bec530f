import { chmodSync, constants, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Plain files only: anything else is left over from the scanner's own updates. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

/** Identifies a file until it is replaced. */
export const identityOf = (path: string): string => {
  const { dev, ino, size, mtimeMs } = statSync(path);
  return [dev, ino, size, mtimeMs].join('-');
};

interface Copy {
  readonly of: string;
  readonly path: string;
}

/**
 * Copies of a database for runs that write to it. A copy takes longer than everything else, so the next one is made
 * during a run.
 */
export class WritableCopies {
  readonly #directory: string;
  #next: Promise<Copy> | undefined;
  #made = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Returns a fresh copy of a folder's files, which the caller may move away. */
  async take(folder: string): Promise<string> {
    const of = contentOf(folder);
    const next = this.#next;
    this.#next = undefined;
    const ready = await next?.catch(() => undefined);
    if (ready?.of === of) return ready.path;
    // A copy of an outdated database.
    if (ready) void removed(ready.path);
    return (await this.#copied(folder)).path;
  }

  /** Begins the next copy, unless there is one. Does not wait for it. */
  makeReady(folder: string): void {
    if (this.#next) return;
    this.#next = this.#copied(folder);
    this.#next.catch(() => undefined);
  }

  async #copied(folder: string): Promise<Copy> {
    const [real, path] = [realpathSync.native(folder), join(this.#directory, `spare-${this.#made++}`)];
    const of = contentOf(real);
    try {
      mkdirSync(path, { mode: 0o700 });
      for (const name of filesIn(real)) {
        await copyFile(join(real, name), join(path, name), constants.COPYFILE_FICLONE);
        chmodSync(join(path, name), 0o600);
      }
      return { of, path };
    } catch (error) {
      await removed(path);
      throw error;
    }
  }
}

const removed = (path: string): Promise<void> => rm(path, { recursive: true, force: true }).catch(() => undefined);

/** Identifies the files of a folder, by any path to it. */
const contentOf = (folder: string): string => {
  const real = realpathSync.native(folder);
  return [real, ...filesIn(real).map((name) => identityOf(join(real, name)))].join(' ');
};
