export { OlderLog, refuseOlderLog } from './checkpoint/older-log.ts';
export { makeWritable } from '@assay/messaging';
export type * from './decider/decider.ts';
export * from './checkpoint/standstill.ts';
export * from './stores/store.ts';
export { EmbeddedStore } from './stores/embedded/store.ts';
export { examineRedis, openRedisGenerations, openRedisStore, type RedisStoreOptions } from './stores/redis/open.ts';
export { RedisFailure } from './stores/redis/failure.ts';
export type { Pointer, RedisGenerations } from './stores/redis/generations.ts';
export { redisSettings, type RedisSettings } from './stores/redis/settings.ts';
export { AppendWatch } from './append-watch.ts';
export { ClockWatch, isBehind, type Happened } from './clock-watch.ts';
export { every, sleep, steadyClock, systemClock, type Clock } from './clock.ts';
export { announcedAdvisories, announcedOnceAnswered, type AnnouncedAdvisories } from './config/announced.ts';
export { ConfigFollower } from './config/config.ts';
export type { ServiceFigures } from './figures.ts';
export { ServiceHost, type HostPorts } from './processor/host.ts';
export { haveSameProgress, rebuild, Rebuilding } from './checkpoint/rebuild.ts';
export { lackingIn } from './checkpoint/lacking.ts';
export { markedLane } from './marks/due-mark.ts';
export { answerTo, coveringMark, markAfter } from './marks/partition-mark.ts';
export { silent, type Observer, type RestoreReason, type SettledPush } from './observer.ts';
export { compareSequences, epochOf, sequence } from './processor/sequence.ts';
export { UnitOfWork, type HandlerContext } from './processor/unit-of-work.ts';
export {
  isAllEmitted,
  incompleteReason,
  StoreIncomplete,
  whenComplete,
  type CompletenessPorts,
} from './checkpoint/completeness.ts';
export { PartitionProcessor } from './processor/partition-processor.ts';
export {
  BlobFailure,
  blobOf,
  type BlobForm,
  type BlobPointer,
  type ContentSource,
  type BlobStore,
  type ListedBlob,
  type StoredBlob,
} from './blob-stores/blobs.ts';
export { ContentBlobs, type Content } from './blob-stores/content-blobs.ts';
export { FolderBlobs } from './blob-stores/folder.ts';
export { getInventory, putInventory, putReport, scanAreas, storedInventory } from './blob-stores/inventories.ts';
export { openBlobs, openSnapshots } from './blob-stores/open.ts';
export * from './service.ts';
export {
  JobLoop,
  retryDelayMs,
  type ClaimedJob,
  type JobLoopOptions,
  type TogetherOptions,
  type Worked,
} from './jobs/job-loop.ts';
export { laneOf } from './jobs/lane.ts';
export { Gate } from './jobs/turns.ts';
export { triesOf, troubledBy, troublePauseMs, type Trouble } from './jobs/trouble.ts';
export { measuring } from './metrics.ts';
export { isSystemError, type SystemError } from './system-error.ts';
