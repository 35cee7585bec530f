export * from './described.ts';
export * as schema from './schema.ts';
export type { Schema } from './schema.ts';
