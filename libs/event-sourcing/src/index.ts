export { makeWritable, SettingError, wholeNumberIn } from '@assay/messaging';
export type * from './decider.ts';
export * from './standstill.ts';
export * from './store.ts';
export { EmbeddedStore } from './embedded/store.ts';
export { examineRedis, openRedisGenerations, openRedisStore, type RedisStoreOptions } from './redis/open.ts';
export { RedisFailure } from './redis/failure.ts';
export type { Pointer, RedisGenerations } from './redis/generations.ts';
export { redisSettings, type RedisSettings } from './redis/settings.ts';
export { every, sleep, steadyClock, systemClock, type Clock } from './clock.ts';
export { ConfigFollower } from './config.ts';
export { ServiceHost, type HostPorts } from './host.ts';
export { haveSameProgress, rebuild, Rebuilding } from './rebuild.ts';
export type { RestoreReason } from './restore-reason.ts';
export { lackingIn } from './lacking.ts';
export { silent, type Observer } from './observer.ts';
export { compareSequences, epochOf, sequence } from './sequence.ts';
export { UnitOfWork, type HandlerContext } from './unit-of-work.ts';
export {
  isAllEmitted,
  incompleteReason,
  StoreIncomplete,
  whenComplete,
  type CompletenessPorts,
} from './completeness.ts';
export { PartitionProcessor } from './partition-processor.ts';
export { BlobFailure, blobOf, type BlobStore, type StoredBlob } from './blobs.ts';
export { FolderBlobs } from './blob-stores/folder.ts';
export { openBlobs } from './blob-stores/open.ts';
export * from './service.ts';
export { JobLoop, retryDelayMs, type JobLoopOptions, type Worked } from './job-loop.ts';
export { triesOf, troubledBy, troublePauseMs, type Trouble } from './trouble.ts';
export { measuring } from './metrics.ts';
export { isSystemError, type SystemError } from './system-error.ts';
