import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { names, type Name } from './kinds.ts';

/** A started process and its identity. */
export interface LedgerEntry {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly identity: string;
  /** ISO 8601. */
  readonly since: string;
  readonly log: string;
}

export type Entries = Readonly<Partial<Record<Name, LedgerEntry>>>;

/**
 * services.json: the processes that were started in a folder and have not been stopped. They may have ended by
 * themselves since.
 */
export class ProcessLedger {
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

  /** Synchronous from reading to renaming, so that concurrent starts do not overwrite each other's entry. */
  put(name: Name, entry: LedgerEntry | undefined): void {
    const { [name]: _before, ...others } = this.read();
    const entries: Entries = { ...others, ...(entry && { [name]: entry }) };
    if (Object.keys(entries).length === 0) return rmSync(this.#file, { force: true });
    const ordered = Object.fromEntries(names.flatMap((each) => (entries[each] ? [[each, entries[each]]] : [])));
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(ordered, null, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
