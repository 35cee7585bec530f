import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asTime } from '@assay/events';
import { BoltError, boltEntries, type BoltEntries } from './bolt.ts';
import { DatabaseError } from './database-error.ts';
import { digestOfFile } from './digest.ts';

/** The number of entries of a family of buckets: of a distribution, of an ecosystem, or of the vulnerabilities. */
export interface FamilySize {
  readonly name: string;
  readonly entries: number;
}

/** A database in a folder, read to its end. */
export interface ReadDatabase {
  /** Digest of `trivy.db`. It is the name of the database: mirrors may pack the same one differently. */
  readonly digest: string;
  readonly builtAt: string;
  /** Its families, sorted by name. */
  readonly families: readonly FamilySize[];
  /** The number of entries of each bucket: of a release, of a source of an ecosystem. */
  readonly buckets: BoltEntries;
}

const schema = 2;
/** A clock may be a little ahead, ms. */
const aheadMs = 60 * 60_000;
/** The entries that a database may lack of those before it, of each family. Advisories are seldom withdrawn. */
const mostLost = 0.1;
/** A family with fewer entries may lose any of them. */
const fewEntries = 100;

const otherSource = 'take another source, or ask the one who runs this mirror; the database in use stays';

/** `debian 13` and `debian 12` are of one family, and so are the sources of one ecosystem (`npm::…`). */
const familyOf = (bucket: string): string => bucket.split(/::|\s/, 1)[0]?.toLowerCase() ?? bucket;

const metadataIn = async (path: string): Promise<string> => {
  const wrong = (why: string, cause?: unknown): DatabaseError =>
    new DatabaseError('database-schema', `the metadata of the database is not usable: ${why}`, otherSource, { cause });
  let metadata: { Version?: unknown; UpdatedAt?: unknown } | null;
  try {
    metadata = JSON.parse(await readFile(path, 'utf8')) as typeof metadata;
  } catch (error) {
    throw wrong((error as Error).message, error);
  }
  if (metadata?.Version !== schema)
    throw wrong(`its schema is ${JSON.stringify(metadata?.Version)?.slice(0, 80)}, not ${schema}`);
  const time = asTime(String(metadata.UpdatedAt));
  if (time === undefined) throw wrong('it lacks the time when it was built');
  return time;
};

/**
 * Counts the entries of each bucket of a database.
 *
 * @param folder with `trivy.db`
 * @throws DatabaseError `database-damaged` if a page cannot be read
 */
export const bucketsIn = (folder: string): Promise<BoltEntries> =>
  boltEntries(join(folder, 'trivy.db')).catch((error: unknown) => {
    if (!(error instanceof BoltError)) throw error;
    throw new DatabaseError('database-damaged', `the database is damaged: ${error.message}`, otherSource, {
      cause: error,
    });
  });

/**
 * Reads all of a database.
 *
 * @param folder with `trivy.db` and `metadata.json`
 * @throws DatabaseError if a page cannot be read, or the schema is another one
 */
export const readDatabase = async (folder: string): Promise<ReadDatabase> => {
  const file = join(folder, 'trivy.db');
  const builtAt = await metadataIn(join(folder, 'metadata.json'));
  const buckets = await bucketsIn(folder);
  const families = new Map<string, number>();
  for (const [bucket, entries] of buckets)
    families.set(familyOf(bucket), (families.get(familyOf(bucket)) ?? 0) + entries);
  return {
    digest: await digestOfFile(file),
    builtAt,
    buckets,
    families: [...families].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, entries]) => ({ name, entries })),
  };
};

const entriesOf = (families: readonly FamilySize[]): number => families.reduce((sum, { entries }) => sum + entries, 0);

/** The family that lost too much, such as a whole release of a distribution. */
const shrunkenOf = (next: readonly FamilySize[], before: readonly FamilySize[]): string | undefined => {
  const sizes = new Map(next.map(({ name, entries }) => [name, entries]));
  const lost = before.find(
    ({ name, entries }) => entries >= fewEntries && (sizes.get(name) ?? 0) < entries * (1 - mostLost),
  );
  return (
    lost && `the database has ${sizes.get(lost.name) ?? 0} entries of ${lost.name}, and the one in use ${lost.entries}`
  );
};

/** The known facts of the database in use. One that was announced by hand has no families. */
export interface PresentDatabase {
  readonly digest: string;
  readonly builtAt: string;
  readonly families?: readonly FamilySize[] | undefined;
}

/**
 * Returns why a database must not follow the present one, if so. An order of an operator leaves all but the future out.
 *
 * @param now ms since the epoch
 */
export const implausible = (
  next: ReadDatabase,
  before: PresentDatabase | undefined,
  { now, isForced = false }: { readonly now: number; readonly isForced?: boolean },
): DatabaseError | undefined => {
  const force = 'if it is meant, order it with --force; the database in use stays';
  if (Date.parse(next.builtAt) > now + aheadMs)
    return new DatabaseError(
      'database-age',
      `the database is of ${next.builtAt}, which is in the future`,
      'check the clock of this machine, or take another source; the database in use stays',
    );
  if (entriesOf(next.families) === 0)
    return new DatabaseError('database-damaged', 'the database is empty', otherSource);
  if (isForced || before === undefined) return undefined;
  if (Date.parse(next.builtAt) <= Date.parse(before.builtAt))
    return new DatabaseError(
      'database-age',
      `the database is of ${next.builtAt}, and the one in use of ${before.builtAt}`,
      force,
    );
  if (before.families === undefined) return undefined;
  const names = new Set(next.families.map(({ name }) => name));
  const gone = before.families.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  if (gone.length > 0)
    return new DatabaseError('database-implausible', `the database has nothing of ${gone.join(', ')} any more`, force);
  const shrunken = shrunkenOf(next.families, before.families);
  if (shrunken !== undefined) return new DatabaseError('database-implausible', shrunken, force);
  const [has, had] = [entriesOf(next.families), entriesOf(before.families)];
  return has < had * (1 - mostLost)
    ? new DatabaseError('database-implausible', `the database has ${has} entries, and the one in use ${had}`, force)
    : undefined;
};
