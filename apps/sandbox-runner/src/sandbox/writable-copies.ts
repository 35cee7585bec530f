import { chmodSync, constants, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Plain files only: anything else is left over from the scanner's own updates. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

/** The same file, as long as nobody replaced it. */
export const identityOf = (path: string): string => {
  const { dev, ino, size, mtimeMs } = statSync(path);
  return [dev, ino, size, mtimeMs].join('-');
};

interface Copy {
  readonly of: string;
  readonly path: string;
}

/**
 * Copies of a database for runs that write to theirs. To copy one takes longer than all the rest, so the next is made
 * while a run is under way.
 */
export class WritableCopies {
  readonly #directory: string;
  #next: Promise<Copy> | undefined;
  #made = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A fresh copy of a folder's files, which is the caller's to move away. */
  async take(folder: string): Promise<string> {
    const of = contentOf(folder);
    const next = this.#next;
    this.#next = undefined;
    const ready = await next?.catch(() => undefined);
    if (ready?.of === of) return ready.path;
    // Of a database that is another one by now.
    if (ready) void removed(ready.path);
    return (await this.#copied(folder)).path;
  }

  /** Begins the copy that is taken next, unless there is one; nobody waits for it. */
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

/** Which files a folder holds, whatever way leads to it. */
const contentOf = (folder: string): string => {
  const real = realpathSync.native(folder);
  return [real, ...filesIn(real).map((name) => identityOf(join(real, name)))].join(' ');
};
