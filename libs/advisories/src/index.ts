export { packDatabase, unpackDatabase } from './archive.ts';
export { DatabaseError, type DatabaseErrorCode } from './database-error.ts';
export { implausible, readDatabase, type FamilySize, type PresentDatabase, type ReadDatabase } from './database.ts';
export { digestOfFile } from './digest.ts';
