export * from './log.ts';
export { EmbeddedLog } from './embedded/log.ts';
export { DataInUse, openDatabase, PartitionsFixed } from './embedded/records.ts';
export * from './server.ts';
export * from './settings.ts';
export * from './client.ts';
