export { startKafka, type Kafka } from './kafka.ts';
export { startRedis } from './redis.ts';
export { startDistribution } from './distribution.ts';
export { startCollector } from './collector.ts';
export { startJaeger, type Jaeger } from './jaeger.ts';
export { startProxy, type Proxy } from './proxy.ts';
export { freePort } from './ports.ts';
export type { RunningServer } from './server.ts';
