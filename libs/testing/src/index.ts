export * from './decider-spec.ts';
export * from './blob-contract.ts';
export * from './log-contract.ts';
export * from './manual-clock.ts';
export * from './patience.ts';
export * from './share.ts';
export * from './store-contract.ts';
export * from './next-version.ts';
