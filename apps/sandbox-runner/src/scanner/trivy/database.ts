import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { bucketsIn, DatabaseError, digestOfFile } from '@assay/advisories';
import { asTime, ownJavaDatabase, type Database } from '@assay/events';
import { makeWritable } from '@assay/event-sourcing';
import type { UnpackedJavaDatabase } from '../registration.ts';
import { ScannerError } from '../scanner-error.ts';
import { Coverage } from './coverage.ts';
import { emptyJavaDatabase, isEmptyJavaDatabase, javaFileName } from './java-database.ts';
import { trivySettings } from './settings.ts';

type DatabaseSource = 'ASSAY_TRIVY_DB' | 'assay' | 'demonstration';

export interface FoundDatabase {
  /** Folder with trivy.db and metadata.json. */
  directory: string;
  /** Folder with trivy-java.db and metadata.json, by which Java archives are recognised. */
  javaDirectory?: string;
  database: Database;
  source: DatabaseSource;
}

export interface FindDatabase {
  env: NodeJS.ProcessEnv;
  /** Assay's own folder, `<data>/scanners`. */
  scannersDirectory: string;
  /** Folder of the compressed demonstration database; a test gives its own. */
  demonstrationDirectory?: string;
}

const fileName = 'trivy.db';
const metadataName = 'metadata.json';
/** Protects against a file that was exchanged for an endless one. */
const unpackedLimit = 2 ** 30;

const defaultDemonstrationDirectory = fileURLToPath(new URL('../../../../../e2e/images/advisories', import.meta.url));

/** The folder in which `assay` keeps a real database, and an operator may put one. */
export const ownDatabaseDirectory = (scannersDirectory: string): string => join(scannersDirectory, 'trivy-db');

const howToGetOne =
  'set ASSAY_TRIVY_DB to a folder with trivy.db and metadata.json, as `trivy image ' +
  '--download-db-only` makes it (<cache>/db)';

/** If a setting names the database, the error begins with the setting. */
const unfit = (error: unknown): unknown =>
  error instanceof ScannerError
    ? new ScannerError(error.code, `ASSAY_TRIVY_DB: ${error.message}`, error.remedy)
    : error;

const unreadable = (directory: string, name: string, error: Error): string =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? `there is no ${name} in ${directory}`
    : `${join(directory, name)} cannot be read: ${error.message}`;

const builtAt = async (directory: string): Promise<string> => {
  const path = join(directory, metadataName);
  const metadata: unknown = await readFile(path, 'utf8')
    .then(JSON.parse)
    .catch((error: Error) => {
      throw new ScannerError('database-unusable', unreadable(directory, metadataName, error), howToGetOne);
    });
  const time = asTime(String((metadata as { UpdatedAt?: unknown } | null)?.UpdatedAt));
  if (time === undefined)
    throw new ScannerError('database-unusable', `${path} lacks the time when the database was built`, howToGetOne);
  return time;
};

const described = async (directory: string, source: DatabaseSource): Promise<FoundDatabase> => {
  const [digest, built] = await Promise.all([
    digestOfFile(join(directory, fileName)).catch((error: Error) => {
      throw new ScannerError('database-unusable', unreadable(directory, fileName, error), howToGetOne);
    }),
    builtAt(directory),
  ]);
  return {
    directory,
    source,
    database: {
      digest,
      builtAt: built,
      demonstration: source === 'demonstration',
    },
  };
};

/** Undefined if it does not exist; an error if it exists and does not fit. */
const own = (scannersDirectory: string): Promise<FoundDatabase | undefined> => {
  const directory = ownDatabaseDirectory(scannersDirectory);
  return readFile(join(directory, metadataName)).then(
    () => described(directory, 'assay'),
    () => undefined,
  );
};

const place = async (folder: string, compressed: Buffer, metadata: Buffer, target: string): Promise<void> => {
  await writeFile(join(folder, fileName), zstdDecompressSync(compressed, { maxOutputLength: unpackedLimit }), {
    mode: 0o644,
  });
  await writeFile(join(folder, metadataName), metadata, { mode: 0o644 });
  // A folder that another process has put there meanwhile has the same content.
  await rename(folder, target).catch((error: NodeJS.ErrnoException) => {
    if (!['EEXIST', 'ENOTEMPTY'].includes(error.code ?? '')) throw error;
  });
};

const newFolderIn = async (scannersDirectory: string): Promise<string> => {
  try {
    makeWritable(scannersDirectory);
    return await mkdtemp(join(scannersDirectory, '.unpacking-'));
  } catch (error) {
    throw new ScannerError(
      'database-missing',
      `the demonstration database cannot be written to ${scannersDirectory}: ${(error as Error).message}`,
      'set ASSAY_HOME to a folder that you may write to, or ASSAY_TRIVY_DB to a database',
    );
  }
};

/** Unpacked once for each content, under its digest: a newer one in the repository gets its own folder. */
const demonstration = async (scannersDirectory: string, from: string): Promise<FoundDatabase> => {
  const [compressed, metadata] = (await Promise.all(
    [`${fileName}.zst`, metadataName].map((name) => readFile(join(from, name))),
  ).catch((error: Error) => {
    throw new ScannerError(
      'database-missing',
      `there is no vulnerability database, and the demonstration database is not there either: ${error.message}`,
      howToGetOne,
    );
  })) as [Buffer, Buffer];
  const name = createHash('sha256').update(compressed).update(metadata).digest('hex').slice(0, 16);
  const target = join(scannersDirectory, `demonstration-db-${name}`);
  if (
    !(await readFile(join(target, metadataName)).then(
      () => true,
      () => false,
    ))
  ) {
    const folder = await newFolderIn(scannersDirectory);
    try {
      await place(folder, compressed, metadata, target);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return described(target, 'demonstration');
};

/**
 * The database that the operator names, or the one beside the vulnerability database, as Trivy keeps them. With the
 * demonstration database an empty one is enough: archives that name themselves are recognised. With a real database
 * there is no substitute: an archive that was not recognised would pass as one without findings, so the scan fails
 * instead.
 */
const javaDatabase = async (
  named: string | undefined,
  { directory, source }: FoundDatabase,
  scannersDirectory: string,
): Promise<string | undefined> => {
  const places = named ? [resolve(named)] : [join(dirname(directory), 'java-db')];
  for (const place of places)
    if (
      await stat(join(place, javaFileName)).then(
        () => true,
        () => false,
      )
    )
      return place;
  if (named)
    throw new ScannerError(
      'database-unusable',
      `ASSAY_TRIVY_JAVA_DB is ${resolve(named)}, which has no ${javaFileName}`,
      'set it to a folder with trivy-java.db and metadata.json, or leave it out',
    );
  return source === 'demonstration' ? emptyJavaDatabase(scannersDirectory) : undefined;
};

/**
 * Finds the vulnerability database: `ASSAY_TRIVY_DB`, our own folder, else the demonstration database.
 *
 * @throws ScannerError with a remedy
 */
export const findDatabase = async ({
  env,
  scannersDirectory,
  demonstrationDirectory = defaultDemonstrationDirectory,
}: FindDatabase): Promise<FoundDatabase> => {
  const { database: named, javaDatabase: namedJava } = trivySettings.read(env);
  const found = named
    ? await described(resolve(named), 'ASSAY_TRIVY_DB').catch((error: unknown) => {
        throw unfit(error);
      })
    : ((await own(resolve(scannersDirectory))) ??
      (await demonstration(resolve(scannersDirectory), demonstrationDirectory)));
  const javaDirectory = await javaDatabase(namedJava, found, resolve(scannersDirectory));
  return { ...found, ...(javaDirectory === undefined ? {} : { javaDirectory }) };
};

/** True if an operator gave the runner a database of Java archives. It then takes no other. */
const hasOwnJava = (javaDirectory: string | undefined): javaDirectory is string =>
  javaDirectory !== undefined && !isEmptyJavaDatabase(javaDirectory);

/**
 * The Java database that goes with a vulnerability database: the operator's own, else the announced one, else, with the
 * demonstration database, the empty one. With a real database the empty one will not do: archives that it does not
 * recognise would pass as archives without findings.
 */
export const javaPartsWith = (
  { javaDirectory }: Pick<FoundDatabase, 'javaDirectory'>,
  next: Database,
  announced?: UnpackedJavaDatabase,
): { readonly database: Database; readonly javaDirectory?: string } => {
  if (hasOwnJava(javaDirectory)) return { database: { ...next, java: ownJavaDatabase }, javaDirectory };
  if (announced) return { database: { ...next, java: announced.digest }, javaDirectory: announced.folder };
  return { database: next, ...(javaDirectory !== undefined && next.demonstration ? { javaDirectory } : {}) };
};

/**
 * Reads what a database knows.
 *
 * @throws ScannerError `database-unusable` if it is damaged
 */
export const coverageOf = ({ directory }: Pick<FoundDatabase, 'directory'>): Promise<Coverage> =>
  bucketsIn(directory).then(
    (buckets) => new Coverage(buckets),
    (error: unknown) => {
      if (!(error instanceof DatabaseError)) throw error;
      throw new ScannerError('database-unusable', `${directory}: ${error.message}`, howToGetOne);
    },
  );
