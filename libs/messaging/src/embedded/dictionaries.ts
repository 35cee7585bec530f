import type { DatabaseSync } from 'node:sqlite';
import type { NewRecord } from '../log.ts';
import { textOf } from './blocks.ts';

export interface Dictionary {
  readonly number: number;
  readonly bytes: Buffer;
}

/** Texts of blocks between two dictionaries: little at first, so that a small log has one, too. */
const [firstAfter, growth, mostBetween] = [64 * 1024, 4, 64 * 2 ** 20];
/** Of a sample and of a dictionary. */
const [sampleLength, largestLength] = [4096, 64 * 1024];

/**
 * The texts against which blocks are compressed: the last record of each type at some time. A record alone has little
 * that repeats, but most of it was in the one before. Dictionaries stay in the file as long as its blocks.
 */
export class Dictionaries {
  readonly #all = new Map<number, Buffer>();
  readonly #samples = new Map<string, NewRecord>();
  readonly #database: DatabaseSync;
  #last: Dictionary | undefined;
  #since = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec('create table if not exists dictionaries (number integer primary key, bytes blob not null)');
    for (const row of database.prepare('select number, bytes from dictionaries order by number').all()) {
      this.#last = { number: row.number as number, bytes: Buffer.from(row.bytes as Uint8Array) };
      this.#all.set(this.#last.number, this.#last.bytes);
    }
  }

  /** The dictionary of a block. Undefined if the block has none, or one that is gone. */
  bytesOf(number: number | null): Buffer | undefined {
    return number === null ? undefined : this.#all.get(number);
  }

  /** The dictionary of new blocks. Makes another one within the transaction of the caller if it is time. */
  forAppend(): Dictionary | undefined {
    const number = this.#last?.number ?? 0;
    if (this.#since < Math.min(firstAfter * growth ** number, mostBetween)) return this.#last;
    const samples = [...this.#samples.values()].map((record) => textOf([record]).slice(0, sampleLength));
    const made = { number: number + 1, bytes: Buffer.from(samples.join('').slice(-largestLength)) };
    this.#database.prepare('insert into dictionaries values (?, ?)').run(made.number, made.bytes);
    return made;
  }

  /** Called when records were committed, with the dictionary that they were given. */
  committed(records: readonly NewRecord[], dictionary: Dictionary | undefined): void {
    if (dictionary !== this.#last && dictionary !== undefined) {
      this.#last = dictionary;
      this.#all.set(dictionary.number, dictionary.bytes);
      this.#since = 0;
    }
    for (const record of records) {
      this.#samples.set(record.headers.ce_type ?? record.topic, record);
      this.#since += record.value.length;
    }
  }
}
