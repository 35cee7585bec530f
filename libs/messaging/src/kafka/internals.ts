import Module, { createRequire } from 'node:module';
import type { logCreator } from 'kafkajs';
import type { KafkaFailure } from './failure.ts';

/**
 * The parts of kafkajs 2.2.4 that it does not export (docs/adr/0013): connections and requests without a consumer
 * around them. Typed here as far as they are used. The version is pinned, and the contract suite runs against what is
 * pinned.
 */
const require = createRequire(import.meta.url);

/** As `decoding.ts` reads it. */
export interface FetchedMessage {
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  /** What is behind them cannot be read where there is damage. */
  readonly messages: readonly FetchedMessage[] & { readonly damage?: KafkaFailure };
}

export interface FetchedTopic {
  readonly topicName: string;
  readonly partitions: readonly FetchedPartition[];
}

/** What a fetch brought of one partition, without control records and what was aborted. */
export interface FetchedBatch {
  readonly messages: readonly FetchedMessage[];
  /** Something came, and nothing of it is for anybody. */
  isEmptyDueToFiltering(): boolean;
  /** Only of use where something came: of an empty fetch it says where the partition ends. */
  lastOffset(): string | number;
}

export interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

/** Where partitions end now. */
export interface EndsRequest {
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
}

export interface EndsOfTopic {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly errorCode: number; readonly offset: string }[];
}

export interface GroupMember {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
}

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

export type ApiName = 'Fetch' | 'ListOffsets' | 'JoinGroup' | 'SyncGroup' | 'Heartbeat' | 'LeaveGroup' | 'OffsetCommit';

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
}

interface Logging {
  createLogger(options: { level: number; logCreator: logCreator }): unknown;
}

export const ClusterOf = require('kafkajs/src/cluster') as new (options: object) => Cluster;
export const BatchOf = require('kafkajs/src/consumer/batch') as new (
  topic: string,
  fetchedOffset: string,
  partition: FetchedPartition,
) => FetchedBatch;
export const { createLogger } = require('kafkajs/src/loggers') as Logging;
const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Readonly<Record<ApiName, number>>;
const { requests } = require('kafkajs/src/protocol/requests') as {
  readonly requests: Readonly<Record<ApiName, unknown>>;
};
export const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error & { type: string };
};
/** Kafka's number of an error that also stands for "nobody leads it just now". */
export const leaderNotAvailable = 5;
export const socketFactory = require('kafkajs/src/network/socketFactory') as () => unknown;
export const RequestQueue = require('kafkajs/src/network/requestQueue') as {
  prototype: { pending: unknown[]; throttledUntil: number; scheduleCheckPendingRequests(): void };
};
export const Encoder = require('kafkajs/src/protocol/encoder') as {
  nextPowerOfTwo(value: number): number;
  prototype: { buf: Buffer; offset: number; ensureAvailable(length: number): void };
};

/** How kafkajs tells that the last batch of an answer was cut off, which is nothing bad. */
export const { KafkaJSPartialMessageError: PartialBatch } = require('kafkajs/src/errors') as {
  KafkaJSPartialMessageError: new (message: string) => Error;
};

/**
 * Puts something of ours where kafkajs looks for one of its modules. The whole module, for what was in its place may be
 * remembered: tracing of modules keeps what it once exported.
 * @throws Error where kafkajs has looked already, and would go on with its own
 */
export const replaceModule = (path: string, exports: unknown): void => {
  const file = require.resolve(`kafkajs/src/${path}`);
  if (require.cache[file]) throw new Error(`kafkajs has loaded ${path} before it could be replaced`);
  require.cache[file] = Object.assign(new Module(file), { filename: file, exports, loaded: true });
};

/** A request in the highest version that both sides speak. */
export const protocolOf = (broker: Broker, name: ApiName, request: object): Protocol =>
  broker.lookupRequest(apiKeys[name], requests[name])(request);

export const send = <T>(broker: Broker, name: ApiName, request: object): Promise<T> =>
  broker.connectionPool.send(protocolOf(broker, name, request)) as Promise<T>;

/** As kafkajs asks, but one partition's error code fails that partition only, not all that came with it. */
const responsesOf = async <T>(broker: Broker, name: ApiName, request: object): Promise<T> => {
  const protocol = protocolOf(broker, name, request);
  const { responses } = (await broker.connectionPool.send({
    ...protocol,
    response: { decode: protocol.response.decode, parse: (data) => Promise.resolve(data) },
  })) as { responses: T };
  return responses;
};

export const fetchFrom = (broker: Broker, request: FetchRequest): Promise<readonly FetchedTopic[]> =>
  responsesOf(broker, 'Fetch', request);

export const endsFrom = (broker: Broker, request: EndsRequest): Promise<readonly EndsOfTopic[]> =>
  responsesOf(broker, 'ListOffsets', request);
