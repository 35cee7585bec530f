import { readdirSync, readFileSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hold } from '../input.ts';
import { patienceMs } from '../patience.ts';
import type { HostileWorld } from './world.ts';

const mebibyte = 2 ** 20;
/**
 * Growth of a heap that is normal before garbage is collected. An input that stays in memory is larger, or comes many
 * times.
 */
const grownBytes = 640 * mebibyte;
const moreDescriptors = 40;

const filesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((entry: Dirent) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch {
    return [];
  }
};

/** Databases remove their own files while they are read, and processes end. */
const contentOf = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return Buffer.alloc(0);
    throw error;
  }
};

/**
 * Files placed once for all scans, and the copy of the database that waits for the next scan; there is never more than
 * one copy.
 */
const forAll = /\/(kept|spare)-\d+(?=\/|$)/;

/** Files that must not exist while no image is scanned. */
const passing = ({ suite, temporary, runs }: HostileWorld): string[] => [
  ...filesIn(temporary),
  ...filesIn(runs).filter((file) => !forAll.test(file)),
  ...filesIn(join(suite.data, 'services/sandbox-runner/layouts')),
  ...filesIn(join(suite.data, 'services/sandbox-runner/blobs/arriving')),
];

/** Processes of these users, under any parent, including zombies. */
const processesOf = (users: readonly number[]): string[] =>
  users.length === 0
    ? []
    : readdirSync('/proc').filter((name) => {
        if (!/^\d+$/.test(name)) return false;
        return users.includes(Number(/^Uid:\s+(\d+)/m.exec(contentOf(`/proc/${name}/status`).toString())?.[1]));
      });

/** The state of the suite and its surroundings before the inputs. */
export class Aftermath {
  readonly #world: HostileWorld;
  readonly #files: ReadonlySet<string>;
  readonly #residentBytes: number;
  readonly #descriptors: number;

  constructor(world: HostileWorld) {
    this.#world = world;
    this.#files = new Set(passing(world));
    this.#residentBytes = world.suite.residentBytes;
    this.#descriptors = world.suite.descriptors;
  }

  /**
   * Checks what must hold at every moment.
   * @throws Error if a canary was touched
   */
  untouched(): void {
    const { canary, files, suite } = this.#world;
    hold(suite.runs, `the suite has ended:\n${suite.output.slice(-2000)}`);
    hold(canary.connections === 0, `${canary.connections} connections to the canary server`);
    hold(files.changes.length === 0, `canary files: ${files.changes.join(', ')}`);
  }

  /**
   * Waits until everything that must hold in an idle suite holds.
   * @returns a description of the idle suite
   * @throws Error with what is left after the time limit
   */
  async gone(): Promise<string> {
    const { suite } = this.#world;
    for (const deadline = Date.now() + patienceMs; ; await pause(100)) {
      const left = this.#left();
      if (left.length === 0) break;
      if (Date.now() > deadline) throw new Error(left.join('; '));
    }
    this.#nothingOfTheHost();
    return (
      `${Math.round(this.#residentBytes / mebibyte)} MiB before, ` +
      `${Math.round(suite.residentBytes / mebibyte)} MiB now; ${suite.descriptors - this.#descriptors} ` +
      'more descriptors than before'
    );
  }

  #left(): string[] {
    const { suite, users } = this.#world;
    const files = passing(this.#world).filter((file) => !this.#files.has(file));
    const spares = filesIn(this.#world.runs).filter((file) => /spare-\d+$/.test(file)).length;
    return [
      ...(spares > 1 ? [`${spares} spare databases are left`] : []),
      ...new Set([...suite.children.map(String), ...processesOf(users)].map((pid) => `process ${pid} is left`)),
      ...files.map((file) => `${file} is left`),
      ...(suite.residentBytes > this.#residentBytes + grownBytes
        ? [
            `${Math.round(suite.residentBytes / mebibyte)} MiB are held, ` +
              `${Math.round(this.#residentBytes / mebibyte)} MiB before`,
          ]
        : []),
      ...(suite.descriptors > this.#descriptors + moreDescriptors
        ? [`${suite.descriptors} descriptors are open, ${this.#descriptors} before`]
        : []),
    ];
  }

  /** Neither the content of the host's file nor a password is in any file or output. */
  #nothingOfTheHost(): void {
    const { suite, files } = this.#world;
    for (const file of readdirSync(suite.data, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      hold(!contentOf(path).includes(files.secret), `${path} holds what is in a file of the host`);
    }
    hold(!suite.output.includes(files.secret), 'the log holds what is in a file of the host');
  }
}
