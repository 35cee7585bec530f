export * from './error.ts';
export * from './ids.ts';
export * from './pricings.ts';
export * from './scope-params.ts';
export * from './times.ts';
