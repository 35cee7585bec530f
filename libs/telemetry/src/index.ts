export * from './metrics/catalogue.ts';
export * from './metrics/instruments.ts';
export * from './metrics/prometheus-name.ts';
export * from './tracer.ts';
export * from './start.ts';
