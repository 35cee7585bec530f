import type { KafkaLog, KafkaOptions } from './log.ts';
import type { KafkaSettings } from './settings/settings.ts';

/** Opens the log on Kafka. Loads kafkajs only now: the embedded suite does not need it. */
export const openKafkaLog = async (settings: KafkaSettings, options: KafkaOptions): Promise<KafkaLog> => {
  const { KafkaLog: Log } = await import('./log.ts');
  return Log.open(settings, options);
};
