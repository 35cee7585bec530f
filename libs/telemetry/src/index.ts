export * from './tracer.ts';
export * from './start.ts';
