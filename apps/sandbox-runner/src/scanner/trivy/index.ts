import { readDatabase } from '@assay/advisories';
import type { Database } from '@assay/events';
import {
  scannersDirectoryIn,
  type OpenedScanner,
  type OpenScanner,
  type UnpackedJavaDatabase,
} from '../registration.ts';
import { proveDatabase } from './canary.ts';
import { Coverage } from './coverage.ts';
import { coverageOf, findDatabase, javaPartsWith, type FoundDatabase } from './database.ts';
import { findTrivy, type FoundTrivy } from './find.ts';
import { TrivyScanner, type TrivyParts } from './trivy-scanner.ts';

export interface OpenTrivy extends OpenScanner {
  demonstrationDirectory?: string;
}

export interface OpenedTrivy extends Pick<OpenedScanner, 'withDatabase' | 'prove'> {
  scanner: TrivyScanner;
  trivy: FoundTrivy;
  database: FoundDatabase;
}

/**
 * Finds Trivy and its database, fetching what is missing.
 *
 * @throws ScannerError with a remedy
 */
export const openTrivy = async ({
  env,
  dataDirectory,
  sandbox,
  onProgress,
  demonstrationDirectory,
  fetch,
}: OpenTrivy): Promise<OpenedTrivy> => {
  const scannersDirectory = scannersDirectoryIn(dataDirectory);
  // One after the other: if one failed, the other would go on without a caller, and a process that ends then leaves
  // half of it.
  const database = await findDatabase({
    env,
    scannersDirectory,
    ...(demonstrationDirectory === undefined ? {} : { demonstrationDirectory }),
  });
  const trivy = await findTrivy({
    env,
    scannersDirectory,
    sandbox,
    ...(onProgress ? { onProgress } : {}),
    ...(fetch === undefined ? {} : { fetch }),
  });
  const identity = { name: 'trivy', version: trivy.version, digest: trivy.digest };
  const common = { sandbox, program: trivy.program, identity };
  const partsWith = (
    directory: string,
    next: Database,
    coverage: Coverage,
    java?: UnpackedJavaDatabase,
  ): TrivyParts => ({
    ...common,
    databaseDirectory: directory,
    coverage,
    ...javaPartsWith(database, next, java),
  });
  const scanner = new TrivyScanner(partsWith(database.directory, database.database, await coverageOf(database)));
  return {
    scanner,
    trivy,
    database,
    prove: async () => {
      const { families } = await readDatabase(database.directory);
      await proveDatabase(
        scanner,
        families.map(({ name }) => name),
      );
      return scanner;
    },
    withDatabase: async ({ folder, database: next, families, buckets, java }) => {
      const candidate = new TrivyScanner(partsWith(folder, next, new Coverage(buckets), java));
      await proveDatabase(candidate, families);
      return candidate;
    },
  };
};
