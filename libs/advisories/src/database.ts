import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asTime, isoTime } from '@assay/events';
import { BoltError, boltRuns, type BoltRun } from './bolt.ts';
import { DatabaseError } from './database-error.ts';
import { digestOfFile } from './digest.ts';
import { isSupported } from './releases.ts';

/** The number of entries of a family of buckets: of a distribution, of an ecosystem, or of the vulnerabilities. */
export interface FamilySize {
  readonly name: string;
  readonly entries: number;
}

/** A database in a folder, read to its end. */
export interface ReadDatabase {
  /** Digest of `trivy.db`. It is the name of the database: mirrors may pack the same one differently. */
  readonly digest: string;
  /** The time when it was built by its metadata, or half a day after its newest content if that is earlier. */
  readonly builtAt: string;
  /** The time when it was built by its metadata. */
  readonly claimedAt: string;
  /** Its families, sorted by name. */
  readonly families: readonly FamilySize[];
  /** The number of entries of each bucket: of a release, of a source of an ecosystem. */
  readonly buckets: BucketSizes;
}

/** The entries of a database, counted for each of its top-level buckets. Nested buckets count with theirs. */
export type BucketSizes = ReadonlyMap<string, number>;

const schema = 2;
const dayMs = 24 * 60 * 60_000;
/** More time than this without any news among the vulnerabilities, ms, and the content is older than it claims. */
const quietMs = dayMs / 2;
/** The bucket of what is the same for all packages: texts, ratings, dates. */
export const vulnerabilities = 'vulnerability';
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

/** Names in Latin-1 are those of bytes. */
export const nameOf = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

const dates = [Buffer.from('"LastModifiedDate":"'), Buffer.from('"PublishedDate":"')];

/** The later of a date and those of a vulnerability, as text. A date behind the limit is none. */
const laterOf = (newest: string, vulnerability: Buffer, limit: string): string => {
  let later = newest;
  for (const before of dates) {
    const found = vulnerability.indexOf(before);
    const from = found + before.length;
    const date = found < 0 ? '' : vulnerability.toString('latin1', from, vulnerability.indexOf(0x22, from));
    if (date > later && date < limit) later = date;
  }
  return later;
};

/**
 * The runs of a database, from its first page to its last.
 *
 * @param folder with `trivy.db`
 * @param isChecked false for one that was read before
 * @throws DatabaseError `database-damaged` if a page cannot be read
 */
export async function* runsIn(folder: string, isChecked = true): AsyncGenerator<BoltRun, undefined> {
  try {
    return yield* boltRuns(join(folder, 'trivy.db'), isChecked);
  } catch (error) {
    if (!(error instanceof BoltError)) throw error;
    throw new DatabaseError('database-damaged', `the database is damaged: ${error.message}`, otherSource, {
      cause: error,
    });
  }
}

interface DatabaseContent {
  readonly buckets: BucketSizes;
  /** The newest date of a vulnerability; empty if there is none. */
  readonly newest: string;
}

/** @param limit dates behind it are none */
const contentOf = async (folder: string, limit: string): Promise<DatabaseContent> => {
  const buckets = new Map<string, number>();
  let newest = '';
  for await (const run of runsIn(folder)) {
    const { bucket, count } = run;
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
    if (bucket === vulnerabilities) for (const { value } of run.entries) newest = laterOf(newest, value, limit);
  }
  return { buckets: new Map([...buckets].map(([name, entries]) => [nameOf(name), entries])), newest };
};

/**
 * Counts the entries of each bucket of a database.
 *
 * @param folder with `trivy.db`
 * @throws DatabaseError `database-damaged` if a page cannot be read
 */
export const bucketsIn = async (folder: string): Promise<BucketSizes> => (await contentOf(folder, '')).buckets;

/**
 * The time when a database was built. Mirrors pack old content again under a new date, so it is not taken for newer
 * than a quiet time after the newest date of its content.
 */
const builtAtOf = (claimedAt: string, newest: string): string => {
  const time = asTime(newest);
  const latest = time === undefined ? Infinity : Date.parse(time) + quietMs;
  return latest < Date.parse(claimedAt) ? isoTime(latest).replace('.000Z', 'Z') : claimedAt;
};

/**
 * Reads all of a database.
 *
 * @param folder with `trivy.db` and `metadata.json`
 * @throws DatabaseError if a page cannot be read, or the schema is another one
 */
export const readDatabase = async (folder: string): Promise<ReadDatabase> => {
  const claimedAt = await metadataIn(join(folder, 'metadata.json'));
  const { buckets, newest } = await contentOf(folder, isoTime(Date.parse(claimedAt) + dayMs));
  const families = new Map<string, number>();
  for (const [bucket, entries] of buckets)
    families.set(familyOf(bucket), (families.get(familyOf(bucket)) ?? 0) + entries);
  return {
    digest: await digestOfFile(join(folder, 'trivy.db')),
    builtAt: builtAtOf(claimedAt, newest),
    claimedAt,
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
  readonly buckets?: BucketSizes | undefined;
}

/** The families of a database without the releases that are out of support, and that the next one leaves out. */
const familiesToKeep = (
  { families = [], buckets = new Map() }: PresentDatabase,
  next: ReadDatabase,
  now: number,
): readonly FamilySize[] => {
  const ended = [...buckets].filter(([name]) => !next.buckets.get(name) && !isSupported(name, now));
  return families.map(({ name, entries }) => ({
    name,
    entries: ended.filter(([bucket]) => familyOf(bucket) === name).reduce((left, [, gone]) => left - gone, entries),
  }));
};

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
  if (Date.parse(next.claimedAt) > now + aheadMs)
    return new DatabaseError(
      'database-age',
      `the database is of ${next.claimedAt}, which is in the future`,
      'check the clock of this machine, or take another source; the database in use stays',
    );
  if (entriesOf(next.families) === 0)
    return new DatabaseError('database-damaged', 'the database is empty', otherSource);
  if (isForced || before === undefined) return undefined;
  if (
    Date.parse(next.builtAt) < Date.parse(before.builtAt) ||
    Date.parse(next.claimedAt) <= Date.parse(before.builtAt)
  ) {
    const claim = next.claimedAt === next.builtAt ? '' : ` by its newest content, though it claims ${next.claimedAt}`;
    return new DatabaseError(
      'database-age',
      `the database is of ${next.builtAt}${claim}, and the one in use of ${before.builtAt}`,
      force,
    );
  }
  if (before.families === undefined) return undefined;
  const families = familiesToKeep(before, next, now);
  const names = new Set(next.families.map(({ name }) => name));
  const gone = families.filter(({ name, entries }) => entries > 0 && !names.has(name)).map(({ name }) => name);
  if (gone.length > 0)
    return new DatabaseError('database-implausible', `the database has nothing of ${gone.join(', ')} any more`, force);
  const shrunken = shrunkenOf(next.families, families);
  if (shrunken !== undefined) return new DatabaseError('database-implausible', shrunken, force);
  const [has, had] = [entriesOf(next.families), entriesOf(families)];
  return has < had * (1 - mostLost)
    ? new DatabaseError('database-implausible', `the database has ${has} entries, and the one in use ${had}`, force)
    : undefined;
};
