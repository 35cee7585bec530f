import type { Advisories, Database } from '@assay/events';
import type { AnnouncedAdvisories } from '@assay/event-sourcing';
import type { Announcement, Bench } from '../domain/state.ts';
import { ScannerError } from '../scanner/scanner-error.ts';
import type { ImageScanner } from '../scanner/scanner.ts';
import { scannerFor } from '../scanner/scanners.ts';
import { KeptDatabases, type KeptDatabasesPorts, type StoredAdvisories } from './kept-databases.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** True if the operator gave this runner a database. It then takes no other. */
const isGiven = (env: Env): boolean => Boolean(env[scannerFor(env).settings.database]);

/** The announced database, if this runner is to take it from the blob store. */
export const storedIn = (
  announcement: Pick<Announcement, 'scanner' | 'database' | 'dataref' | 'bytes' | 'java'> | undefined,
  env: Env,
): StoredAdvisories | undefined =>
  announcement?.dataref !== undefined && announcement.scanner === scannerFor(env).name && !isGiven(env)
    ? { ...announcement, dataref: announcement.dataref }
    : undefined;

/** One line for operators if a runner does not take the announced database because of its settings. */
export const notesOnGiven = (
  announcement: Pick<Announcement, 'scanner' | 'database' | 'dataref'> | undefined,
  { digest }: Database,
  env: Env,
): readonly string[] => {
  if (!isGiven(env) || announcement?.dataref === undefined || announcement.database.digest === digest) return [];
  const { name, settings } = scannerFor(env);
  return announcement.scanner === name
    ? [
        `the announced database of ${announcement.database.builtAt} is not taken, because ${settings.database} is ` +
          'set: images are not assessed again here. Unset it',
      ]
    : [];
};

/**
 * Opens the databases of a runner: with the announced one, or, if that cannot be used, with the last one before it that
 * can. A runner for which a real database was announced never begins with the demonstration database.
 *
 * @throws ScannerError `database-missing` if databases were announced and none can be used
 */
export const databasesOf = async (
  { imageScanner }: { readonly imageScanner: ImageScanner },
  announced: readonly AnnouncedAdvisories[],
  { env, ...ports }: KeptDatabasesPorts & { readonly env: Env },
): Promise<KeptDatabases> => {
  const databases = new KeptDatabases(ports, imageScanner);
  const own = announced.filter(({ scanner }) => scanner === imageScanner.identity.name);
  if (!storedIn(own.at(-1), env)) return databases;
  const failures: unknown[] = [];
  const tried = new Set<string>();
  for (const each of own.flatMap((one) => storedIn(one, env) ?? []).toReversed()) {
    const { digest } = each.database;
    if (tried.has(digest)) continue;
    tried.add(digest);
    try {
      await databases.beginWith(each);
      return databases;
    } catch (error) {
      failures.push(error);
      ports.observer.failed('sandbox-runner', `taking the database ${digest} into use`, error);
    }
  }
  const [first] = failures;
  throw new ScannerError(
    'database-missing',
    `no announced database can be used: ${first instanceof Error ? first.message : String(first)}`,
    'run `assay database update` or `assay database import`, or check ASSAY_BLOBS',
  );
};

/**
 * Returns the announcement of a suite with this runner alone: its scanner, with the database that was announced last if
 * that lies in the blob store, and else with its own.
 */
export const advisoriesOf = (
  { scanner }: Pick<Bench, 'scanner'>,
  database: Database,
  announced: readonly AnnouncedAdvisories[],
  env: Env,
): Advisories => {
  const last = announced.findLast((each) => each.scanner === scanner.name);
  if (!last || !storedIn(last, env)) return { scanner: scanner.name, database, program: scanner };
  const { announced: _announced, at: _at, ...data } = last;
  return { ...data, program: scanner };
};
