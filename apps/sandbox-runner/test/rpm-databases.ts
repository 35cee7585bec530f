import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';

interface HeldPackages {
  /** A file of the folder `rpm`, compressed. */
  readonly file: string;
  readonly packages: number;
  /** Names of some of its packages. */
  readonly examples: readonly string[];
}

/** A real rpm database, and what an independent tool counted in it. Sources: `rpm/README.md`. */
export interface RpmDatabase extends HeldPackages {
  readonly format: 'sqlite' | 'ndb' | 'berkeley-db';
  /** The write-ahead log beside the database. Its numbers are those of both files together. */
  readonly journal?: HeldPackages;
}

const folder = new URL('rpm/', import.meta.url);

export const rpmDatabases = JSON.parse(
  readFileSync(new URL('fixtures.json', folder), 'utf8'),
) as readonly RpmDatabase[];

/** The unpacked content of a file of the folder `rpm`. */
export const rpmFile = (name: string): Buffer => zstdDecompressSync(readFileSync(new URL(name, folder)));
