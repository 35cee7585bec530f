import Module, { createRequire } from 'node:module';
import type { logCreator } from 'kafkajs';
import type { KafkaFailure } from './failure.ts';

/**
 * Parts of kafkajs 2.2.4 that it does not export (docs/adr/0013): connections and requests without a consumer. The
 * types cover only what is used. The version is pinned, and the contract suite runs against that version.
 */
const require = createRequire(import.meta.url);

/** The records as `decoding.ts` decodes them. */
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
  /** With damage, the records after these cannot be read. */
  readonly messages: readonly FetchedMessage[] & { readonly damage?: KafkaFailure };
}

export interface FetchedTopic {
  readonly topicName: string;
  readonly partitions: readonly FetchedPartition[];
}

/** The fetched records of one partition, without control records and aborted ones. */
export interface FetchedBatch {
  readonly messages: readonly FetchedMessage[];
  /** True if records came, and none of them is for readers. */
  isEmptyDueToFiltering(): boolean;
  /** Valid only if something came: for an empty fetch it is the end of the partition. */
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

/** A request for the end offsets of partitions. */
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

export type ApiName =
  | 'Fetch'
  | 'ListOffsets'
  | 'Metadata'
  | 'JoinGroup'
  | 'SyncGroup'
  | 'Heartbeat'
  | 'LeaveGroup'
  | 'OffsetCommit';

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
export const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Readonly<Record<ApiName, number>>;
const { requests } = require('kafkajs/src/protocol/requests') as {
  readonly requests: Readonly<Record<ApiName, unknown>>;
};
export const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error & { type: string };
};
/** Kafka's error code for a missing leader. */
export const leaderNotAvailable = 5;
export const socketFactory = require('kafkajs/src/network/socketFactory') as () => unknown;
export const RequestQueue = require('kafkajs/src/network/requestQueue') as {
  prototype: { pending: unknown[]; throttledUntil: number; scheduleCheckPendingRequests(): void };
};
export const Encoder = require('kafkajs/src/protocol/encoder') as {
  nextPowerOfTwo(value: number): number;
  prototype: { buf: Buffer; offset: number; ensureAvailable(length: number): void };
};

/** Reads an answer. An array or a text of `UVarInt` is one of Kafka's compact types, null if absent. */
export const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => {
  readInt16(): number;
  readInt32(): number;
  readBoolean(): boolean;
  readBytes(length: number): Buffer;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(item: (decoder: InstanceType<typeof Decoder>) => T): T[] | null;
  readTaggedFields(): unknown;
};

/** kafkajs's error for a batch cut off at the end of an answer, which is harmless. */
export const { KafkaJSPartialMessageError: PartialBatch } = require('kafkajs/src/errors') as {
  KafkaJSPartialMessageError: new (message: string) => Error;
};

/**
 * Replaces one of kafkajs's modules before kafkajs loads it. Replaces the whole module, since module tracing may keep
 * the exports of the old one.
 * @throws Error if kafkajs has loaded its own module already
 */
export const replaceModule = (path: string, exports: unknown): void => {
  const file = require.resolve(`kafkajs/src/${path}`);
  if (require.cache[file]) throw new Error(`kafkajs has loaded ${path} before it could be replaced`);
  require.cache[file] = Object.assign(new Module(file), { filename: file, exports, loaded: true });
};

/** A request in the highest version that both sides support. */
const protocolOf = (broker: Broker, name: ApiName, request: object): Protocol =>
  broker.lookupRequest(apiKeys[name], requests[name])(request);

export const send = <T>(broker: Broker, name: ApiName, request: object): Promise<T> =>
  broker.connectionPool.send(protocolOf(broker, name, request)) as Promise<T>;

/** Sends like kafkajs, but an error code of one partition fails that partition only, not the whole answer. */
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
