import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporary } from '../setting.ts';

/** Looks at a copy of a database of SQLite that another connection has locked. Nothing may be written meanwhile. */
const inCopy = <T>(file: string, look: (database: DatabaseSync) => T): T => {
  const copy = join(temporary('copy'), 'copy.db');
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  const database = new DatabaseSync(copy);
  try {
    return look(database);
  } finally {
    database.close();
    rmSync(copy, { force: true });
  }
};

const numberOf = (database: DatabaseSync, pragma: string): number =>
  Object.values(database.prepare(`pragma ${pragma}`).get() as Record<string, number>)[0]!;

/** Bytes of all pages in use. */
export const bytesOf = (file: string): number =>
  inCopy(
    file,
    (database) =>
      (numberOf(database, 'page_count') - numberOf(database, 'freelist_count')) * numberOf(database, 'page_size'),
  );

/** Share of the bytes of all values in a log that one topic takes. */
export const shareOf = (file: string, topic: string): number =>
  inCopy(file, (database) => {
    const { some, all } = database
      .prepare(
        'select sum(length(content)) as "all", sum(case when topic = ? then length(content) else 0 end) as some ' +
          'from blocks',
      )
      .get(topic) as { some: number | null; all: number | null };
    return (some ?? 0) / (all || 1);
  });
