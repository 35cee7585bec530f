export * from './metrics/catalogue.ts';
export * from './metrics/instruments.ts';
export * from './metrics/prometheus-name.ts';
export { measuredRequests, type AnsweredRequest } from './metrics/requests.ts';
export type { MetricsAddress } from './prometheus.ts';
export * from './tracer.ts';
export * from './start.ts';
