import { chmod, constants, copyFile, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Plain files only: anything else is left over from the scanner's own updates. */
export const filesIn = async (folder: string): Promise<string[]> => (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);

/** The same file, as long as nobody replaced it. */
export const identityOf = async (path: string): Promise<string> => {
  const { dev, ino, size, mtimeMs } = await stat(path);
  return [dev, ino, size, mtimeMs].join('-');
};

interface Copy { readonly of: string; readonly path: string }

/** Copies of a database for runs that write to theirs. To copy one takes longer than all the rest, so the next is made while a run is under way. */
export class WritableCopies {
  readonly #directory: string;
  #next: Promise<Copy> | undefined;
  #made = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A fresh copy of a folder's files, which is the caller's to move away. */
  async take(folder: string): Promise<string> {
    const of = await contentOf(folder);
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
    const [real, path] = [await realpath(folder), join(this.#directory, `spare-${this.#made++}`)];
    const of = await contentOf(real);
    try {
      await mkdir(path, { mode: 0o700 });
      for (const name of await filesIn(real)) {
        await copyFile(join(real, name), join(path, name), constants.COPYFILE_FICLONE);
        await chmod(join(path, name), 0o600);
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
const contentOf = async (folder: string): Promise<string> => {
  const real = await realpath(folder);
  return [real, ...await Promise.all((await filesIn(real)).map((name) => identityOf(join(real, name))))].join(' ');
};
