import { configTopics, keyedTopics } from '@assay/events';
import type { KafkaSettings } from './settings.ts';
import type { ExaminedTopics } from '../client/topics.ts';

export interface ExaminedKafka extends ExaminedTopics {
  readonly brokers: number;
  /** The number of topics that should exist. */
  readonly wanted: number;
}

/**
 * Checks that Kafka answers, accepts our credentials, and has its topics with the right settings. Creates and alters
 * nothing.
 * @throws KafkaFailure if Kafka does not answer or refuses us
 */
export const examineKafka = async (settings: KafkaSettings, partitions: number): Promise<ExaminedKafka> => {
  const [{ Connection }, { examineTopics, wantedTopics }] = await Promise.all([
    import('../client/connection.ts'),
    import('../client/topics.ts'),
  ]);
  const connection = new Connection(settings, 'assay-doctor', () => undefined);
  const admin = connection.kafka().admin();
  try {
    await admin.connect();
    const wanted = wantedTopics(
      [...keyedTopics, ...configTopics],
      partitions,
      (topic) => `${settings.prefix ?? ''}${topic}`,
    );
    const { brokers } = await admin.describeCluster();
    return { brokers: brokers.length, wanted: wanted.length, ...(await examineTopics(admin, wanted, settings)) };
  } catch (error) {
    throw connection.failure(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};
