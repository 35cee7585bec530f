export { packDatabase, unpackDatabase, type AdvisoryKind } from './archive.ts';
export { DatabaseError, remedyFor, whyOf, withSteps, type DatabaseErrorCode } from './database-error.ts';
export {
  bucketsIn,
  implausible,
  readDatabase,
  type FamilySize,
  type PresentDatabase,
  type ReadDatabase,
} from './database.ts';
export { implausibleJava, readJavaDatabase, type ReadJavaDatabase } from './java.ts';
export { digestOfFile } from './digest.ts';

/** The area of the blob store with the archives of databases. */
export const databaseArea = 'databases';
