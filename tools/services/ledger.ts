import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { names, type Name } from './kinds.ts';

/** What was started, and by what it is known again. */
export interface Entry {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly identity: string;
  /** ISO 8601. */
  readonly since: string;
  readonly log: string;
}

export type Entries = Readonly<Partial<Record<Name, Entry>>>;

/** services.json: what was started in a folder and has not been stopped. It may have ended by itself since. */
export class Ledger {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  get lock(): string {
    return join(this.#folder, 'services.lock');
  }
  get #file(): string {
    return join(this.#folder, 'services.json');
  }

  read(): Entries {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Entries;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }

  /** Synchronous from reading to renaming, so that two that start at once do not forget each other. */
  put(name: Name, entry: Entry | undefined): void {
    const { [name]: _before, ...others } = this.read();
    const entries: Entries = { ...others, ...(entry && { [name]: entry }) };
    if (Object.keys(entries).length === 0) return rmSync(this.#file, { force: true });
    const ordered = Object.fromEntries(names.flatMap((each) => (entries[each] ? [[each, entries[each]]] : [])));
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(ordered, null, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
