export * from './asked.ts';
export * from './blob-contract.ts';
export * from './log-contract.ts';
export * from './store-contract.ts';
