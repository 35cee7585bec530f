export { startKafka, type Kafka, type KafkaServerOptions } from './kafka.ts';
export { startRedis, type RedisOptions } from './redis.ts';
export { startDistribution, type DistributionOptions, type Notifications } from './distribution.ts';
export { startCollector, type CollectorOptions } from './collector.ts';
export { startProxy, type Proxy } from './proxy.ts';
export { freePort } from './ports.ts';
export type { RunningServer } from './server.ts';
