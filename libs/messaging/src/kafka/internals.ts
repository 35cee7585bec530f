import { createRequire } from 'node:module';
import type { logCreator } from 'kafkajs';

/**
 * The parts of kafkajs 2.2.4 that it does not export (docs/adr/0013): connections and requests without a consumer around
 * them. Typed here as far as they are used. The version is pinned, and the contract suite runs against what is pinned.
 */
const require = createRequire(import.meta.url);

export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly messages: readonly FetchedMessage[];
}

export interface FetchedTopic { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }

/** What a fetch brought of one partition, without control records and what was aborted. */
export interface FetchedBatch {
  readonly messages: readonly FetchedMessage[];
  /** Something came, and nothing of it is for anybody. */
  isEmptyDueToFiltering(): boolean;
  /** Only of use where something came: of an empty fetch it says where the partition ends. */
  lastOffset(): string;
}

export interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string; readonly maxBytes: number }[] }[];
}

export interface GroupMember { readonly memberId: string; readonly memberMetadata: Buffer }

export interface JoinedGroup {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly GroupMember[];
}

export interface Protocol {
  readonly request: object;
  readonly response: { decode(raw: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> };
  readonly requestTimeout?: number;
}

export type ApiName = 'Fetch' | 'JoinGroup' | 'SyncGroup' | 'Heartbeat' | 'LeaveGroup' | 'OffsetCommit';

export interface Broker {
  readonly connectionPool: { send(protocol: Protocol): Promise<unknown> };
  lookupRequest(apiKey: number, request: unknown): (request: object) => Protocol;
}

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  fetchTopicsOffset(topics: readonly object[]): Promise<readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]>;
}

interface Logging { createLogger(options: { level: number; logCreator: logCreator }): unknown }

export const ClusterOf = require('kafkajs/src/cluster') as new (options: object) => Cluster;
export const BatchOf = require('kafkajs/src/consumer/batch') as new (topic: string, fetchedOffset: string, partition: FetchedPartition) => FetchedBatch;
export const { createLogger } = require('kafkajs/src/loggers') as Logging;
const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Readonly<Record<ApiName, number>>;
const { requests } = require('kafkajs/src/protocol/requests') as { readonly requests: Readonly<Record<ApiName, unknown>> };
export const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode(code: number): Error & { type: string } };
/** Kafka's number of an error that also stands for "nobody leads it just now". */
export const leaderNotAvailable = 5;
export const socketFactory = require('kafkajs/src/network/socketFactory') as () => unknown;
export const RequestQueue = require('kafkajs/src/network/requestQueue') as { prototype: { pending: unknown[]; throttledUntil: number; scheduleCheckPendingRequests(): void } };
export const Encoder = require('kafkajs/src/protocol/encoder') as { nextPowerOfTwo(value: number): number; prototype: { buf: Buffer; offset: number; ensureAvailable(length: number): void } };

/** Requests to produce find it when the first of them is made: from then on it is ours. */
export const replaceRecordEncoder = (encode: (record: never) => object): void => {
  const name = require.resolve('kafkajs/src/protocol/recordBatch/record/v0');
  require(name);
  require.cache[name]!.exports = encode;
};

/** A request in the highest version that both sides speak. */
export const protocolOf = (broker: Broker, name: ApiName, request: object): Protocol => broker.lookupRequest(apiKeys[name], requests[name])(request);

export const send = <T>(broker: Broker, name: ApiName, request: object): Promise<T> => broker.connectionPool.send(protocolOf(broker, name, request)) as Promise<T>;

/** As kafkajs fetches, but one partition's error code fails that partition only, not all that came with it. */
export const fetchFrom = async (broker: Broker, request: FetchRequest): Promise<readonly FetchedTopic[]> => {
  const protocol = protocolOf(broker, 'Fetch', request);
  const { responses } = await broker.connectionPool.send({ ...protocol, response: { decode: protocol.response.decode, parse: (data) => Promise.resolve(data) } }) as { responses: readonly FetchedTopic[] };
  return responses;
};
