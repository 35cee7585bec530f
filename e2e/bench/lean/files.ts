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

/** A record of a log: `<topic>/<partition>/<offset>`. */
export const placeOf = (topic: string, partition: number, offset: number): string => `${topic}/${partition}/${offset}`;

/** Parts of the bytes of some records. */
export interface RecordParts {
  readonly marks: number;
  readonly descriptions: number;
  readonly others: number;
}

interface BlockRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly count: number;
  readonly bytes: number;
}

/**
 * The parts by what the records of a log are. Those of one block share its bytes.
 * @param from first offset that counts, by `<topic>/<partition>`; all records count by default
 * @param marks places of the marks among them
 */
export const partsOf = (
  file: string,
  from: ReadonlyMap<string, number> = new Map(),
  marks: ReadonlySet<string> = new Set(),
): RecordParts =>
  inCopy(file, (database) => {
    const bytes = { marks: 0, descriptions: 0, others: 0 };
    const rows = database
      .prepare('select topic, partition, "offset", count, octet_length(content) as bytes from blocks')
      .iterate() as Iterable<unknown> as Iterable<BlockRow>;
    for (const row of rows) {
      const { topic, partition, offset, count } = row;
      if (offset < (from.get(`${topic}/${partition}`) ?? 0)) continue;
      const marked = Array.from({ length: count }, (_, nth) => placeOf(topic, partition, offset + nth)).filter(
        (place) => marks.has(place),
      ).length;
      bytes.marks += (row.bytes * marked) / count;
      bytes[topic === 'vulnerability.described' ? 'descriptions' : 'others'] += (row.bytes * (count - marked)) / count;
    }
    const all = bytes.marks + bytes.descriptions + bytes.others || 1;
    return { marks: bytes.marks / all, descriptions: bytes.descriptions / all, others: bytes.others / all };
  });
