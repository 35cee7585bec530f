import type { KafkaLog, KafkaOptions } from './log.ts';
import type { KafkaSettings } from './settings.ts';

/** Opens the log on Kafka. kafkajs is loaded here and not before: the embedded suite has no use for it. */
export const openKafkaLog = async (settings: KafkaSettings, options: KafkaOptions): Promise<KafkaLog> => {
  const { KafkaLog: Log } = await import('./log.ts');
  return Log.open(settings, options);
};
