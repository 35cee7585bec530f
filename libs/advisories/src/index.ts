export { packDatabase, unpackDatabase, type AdvisoryKind } from './archive.ts';
export { DatabaseError, remedyFor, whyOf, withSteps, type DatabaseErrorCode } from './database-error.ts';
export { compareDatabases, type Advised, type DatabaseComparison } from './comparison.ts';
export { reasonsToOffer } from './offering.ts';
export { isSupported, lackingReleases } from './releases.ts';
export {
  bucketsIn,
  implausible,
  readDatabase,
  type BucketSizes,
  type FamilySize,
  type PresentDatabase,
  type ReadDatabase,
} from './database.ts';
export { implausibleJava, readJavaDatabase, type ReadJavaDatabase } from './java.ts';
export { digestOfFile } from './digest.ts';

/** The area of the blob store with the archives of databases. */
export const databaseArea = 'databases';
