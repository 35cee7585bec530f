import { existsSync, renameSync, rmSync } from 'node:fs';
import { DataFolder } from '../suite/data.ts';

/** SQLite keeps two files beside its own while it is open, DuckDB one. */
const companions = ['', '-wal', '-shm', '.wal'];

export const remove = (path: string): void => {
  for (const each of companions) rmSync(`${path}${each}`, { recursive: true, force: true });
};

const move = (from: string, to: string): void => {
  remove(to);
  for (const each of companions) if (existsSync(`${from}${each}`)) renameSync(`${from}${each}`, `${to}${each}`);
};

/**
 * Replaces the old file, which is kept beside the new one. After a crash in between there is neither, and the next
 * start restores it.
 */
export const switchOver = (path: string, rebuilt: string): void => {
  if (existsSync(path)) move(path, `${path}.previous`);
  move(rebuilt, path);
};

/** The same data, with the store or folder of one service elsewhere. */
export class DataBeside extends DataFolder {
  constructor(
    data: DataFolder,
    private readonly elsewhere: { readonly service: string; readonly store: string; readonly folder: string },
  ) {
    super(data.path);
  }

  override store(service: string): string {
    return service === this.elsewhere.service ? this.elsewhere.store : super.store(service);
  }

  override service(name: string): string {
    return name === this.elsewhere.service ? this.elsewhere.folder : super.service(name);
  }
}
