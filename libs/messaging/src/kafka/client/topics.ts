import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { present, isConfigTopic } from '@assay/events';
import { backoffMs } from '@assay/backoff';
import { brokerBackoff } from '../../backoff.ts';
import { isStale, KafkaFailure } from './failure.ts';
import { kafkajs } from './kafkajs.ts';

/** Requirements of a topic, so that nothing is lost. */
export interface WantedTopic {
  /** Its name at the broker. */
  readonly name: string;
  readonly partitions: number;
}

export interface TopicSettings {
  readonly replication: number;
  readonly minInsync: number;
}

/** The actual settings of a topic. */
export interface FoundTopic extends WantedTopic {
  readonly replication: number;
  readonly config: ReadonlyMap<string, string>;
}

/** The required topics of the flow: config topics have one partition, all others the same number. */
export const wantedTopics = (
  topics: readonly string[],
  partitions: number,
  nameOf: (topic: string) => string,
): WantedTopic[] => topics.map((topic) => ({ name: nameOf(topic), partitions: isConfigTopic(topic) ? 1 : partitions }));

/** The smallest sufficient `max.message.bytes`; also the brokers' default. */
const minMessageBytes = 1_048_588;

/** Settings that keep every record for ever. */
const unlimitedRetention = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
/** Records stay as written. Records that brokers compress can be read, but cost each reader CPU time. */
const asWritten = { 'compression.type': 'producer' };

/**
 * Creates the missing topics and checks the existing ones. Alters no existing topic.
 * @throws KafkaFailure `topic-mismatch` if a topic has wrong settings
 */
export const ensureTopics = async (
  admin: Admin,
  wanted: readonly WantedTopic[],
  settings: TopicSettings,
): Promise<void> => {
  const there = new Set(await admin.listTopics());
  const [known, missing] = [
    wanted.filter(({ name }) => there.has(name)),
    wanted.filter(({ name }) => !there.has(name)),
  ];
  // First, since topics created beside a wrong one would only impede its repair.
  if (known.length > 0) refuse(await wrongIn(admin, known, settings));
  if (missing.length === 0) return;
  await create(admin, missing, settings);
  refuse(await wrongIn(admin, missing, settings));
};

const refuse = (wrong: readonly string[]): void => {
  if (wrong.length > 0)
    throw new KafkaFailure(
      'topic-mismatch',
      wrong.slice(0, 3).join('; ') + (wrong.length > 3 ? `; and ${wrong.length - 3} more` : ''),
    );
};

export interface ExaminedTopics {
  readonly missing: readonly string[];
  /** Faults of the existing topics, each with its remedy. */
  readonly wrong: readonly string[];
}

/** Checks the topics without creating any. */
export const examineTopics = async (
  admin: Admin,
  wanted: readonly WantedTopic[],
  settings: TopicSettings,
): Promise<ExaminedTopics> => {
  const there = new Set(await admin.listTopics());
  const found = wanted.filter(({ name }) => there.has(name));
  return {
    missing: wanted.filter(({ name }) => !there.has(name)).map(({ name }) => name),
    wrong: found.length > 0 ? await wrongIn(admin, found, settings) : [],
  };
};

const wrongIn = async (
  admin: Admin,
  topics: readonly WantedTopic[],
  settings: TopicSettings,
): Promise<readonly string[]> => {
  const found = await lookUpWithRetries(admin, topics);
  const numbers = new Set(
    topics.filter((topic) => !isFixed(topic)).map(({ name }) => present(found.get(name), `topic ${name}`).partitions),
  );
  return topics.flatMap((topic) =>
    faultsOf(topic, present(found.get(topic.name), `topic ${topic.name}`), settings, numbers.size > 1).map(
      (fault) => `topic ${topic.name} ${fault}`,
    ),
  );
};

const create = async (
  admin: Admin,
  topics: readonly WantedTopic[],
  { replication, minInsync }: TopicSettings,
): Promise<void> => {
  const configEntries = Object.entries({
    ...unlimitedRetention,
    ...asWritten,
    'min.insync.replicas': String(minInsync),
  }).map(([name, value]) => ({ name, value }));
  try {
    // Two instances that start together both find topics missing, so an existing topic is no failure. kafkajs stops
    // waiting for leaders if its broker does not know a new topic yet, so we check that ourselves.
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map(({ name, partitions }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries,
      })),
    });
  } catch (error) {
    const [first] =
      (error as { errors?: readonly { type?: string; message: string; topic?: string }[] }).errors?.filter(
        ({ type }) => type !== 'TOPIC_ALREADY_EXISTS',
      ) ?? [];
    if (first?.type === 'INVALID_REPLICATION_FACTOR') {
      throw new KafkaFailure(
        'topic-mismatch',
        `topic ${first.topic} cannot be created with ${replication} copies: there are fewer brokers`,
        'set ASSAY_KAFKA_REPLICATION and ASSAY_KAFKA_MIN_INSYNC to what the brokers support, 1 and 1 for a ' +
          'single broker',
      );
    }
    throw first ?? error;
  }
};

/** Number of lookups of a new topic, perhaps created by another instance: not every broker knows it at once. */
const maxLookups = 10;

const lookUpWithRetries: typeof lookUp = async (admin, wanted) => {
  for (let lookups = 1; ; lookups += 1) {
    try {
      return await lookUp(admin, wanted);
    } catch (error) {
      if (!isStale(error) || lookups >= maxLookups) throw error;
      await pause(backoffMs(brokerBackoff, lookups));
    }
  }
};

const lookUp = async (admin: Admin, wanted: readonly WantedTopic[]): Promise<ReadonlyMap<string, FoundTopic>> => {
  const names = wanted.map(({ name }) => name);
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  const configs = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return new Map(
    topics.map(({ name, partitions }) => [
      name,
      {
        name,
        partitions: partitions.length,
        replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        config: present(configs.get(name), `configuration of ${name}`),
      },
    ]),
  );
};

/**
 * Lists the faults of a topic, each with its remedy.
 * @param mixed if the topics differ in their number of partitions, so that no setting fits them all
 */
export const faultsOf = (
  wanted: WantedTopic,
  found: FoundTopic,
  { replication, minInsync }: TopicSettings,
  mixed = false,
): string[] => {
  const faults = Object.entries(unlimitedRetention)
    .filter(([name, value]) => found.config.get(name) !== value)
    .map(
      ([name, value]) =>
        `has ${name}=${found.config.get(name)}, and without ${value} events would be lost: ` +
        `kafka-configs.sh --alter --entity-type topics --entity-name ${wanted.name} --add-config ${name}=${value}`,
    );
  const compression = found.config.get('compression.type');
  if (compression !== asWritten['compression.type'])
    faults.push(
      `has compression.type=${compression}, so that brokers compress records again: kafka-configs.sh --alter ` +
        `--entity-type topics --entity-name ${wanted.name} --add-config compression.type=producer`,
    );
  if (found.partitions !== wanted.partitions) {
    faults.unshift(
      `has ${found.partitions} partitions, not ${wanted.partitions}: ${remedyOf(wanted, found, mixed)}, ` +
        'for the number decides where each key is looked for',
    );
  }
  if (found.replication < replication)
    faults.push(
      `has ${found.replication} copies, fewer than ASSAY_KAFKA_REPLICATION ${replication}: ` +
        'add copies with kafka-reassign-partitions.sh, or set the variable to what is wanted',
    );
  const insync = Number(found.config.get('min.insync.replicas'));
  if (insync < minInsync)
    faults.push(
      `has min.insync.replicas=${insync}, less than ASSAY_KAFKA_MIN_INSYNC ${minInsync}: ` +
        'raise it with kafka-configs.sh, or set the variable to what is wanted',
    );
  const bytes = Number(found.config.get('max.message.bytes'));
  if (bytes < minMessageBytes)
    faults.push(
      `has max.message.bytes=${bytes}, too little for the largest event: ` +
        `raise it with kafka-configs.sh to ${minMessageBytes} or more`,
    );
  return faults;
};

const remedyOf = (wanted: WantedTopic, found: FoundTopic, mixed: boolean): string => {
  if (isFixed(wanted)) return 'create it again with one';
  return mixed
    ? 'others have another number, so delete the empty topics, and the next start creates them with ' +
        'ASSAY_PARTITIONS'
    : `set ASSAY_PARTITIONS=${found.partitions}, the same for all services`;
};

const isFixed = ({ partitions }: WantedTopic): boolean => partitions === 1;
