import { configTopics, isConfigTopic, keyedTopics } from '@assay/events';
import type { EventLog, NewRecord } from '@assay/messaging';

/** The records of a log by `topic/partition`, in their order. */
export type Records = Map<string, NewRecord[]>;

/** All records of a log. */
export const recordsOf = async (log: EventLog): Promise<Records> => {
  const found: Records = new Map();
  for (const topic of [...configTopics, ...keyedTopics])
    for (let partition = 0; partition < (isConfigTopic(topic) ? 1 : log.partitions); partition += 1) {
      const records: NewRecord[] = [];
      for await (const batch of log.read(topic, partition, 0, await log.end(topic, partition)))
        for (const { offset: _, ...record } of batch.records) records.push(record);
      if (records.length > 0) found.set(`${topic}/${partition}`, records);
    }
  return found;
};

/** Writes what one who may write to the log would make of it. */
export const written = async (records: Records, log: EventLog): Promise<void> => {
  for (const [place, each] of records) {
    const [topic = '', partition] = place.split('/');
    for (let at = 0; at < each.length; at += 500)
      await log.append(each.slice(at, at + 500).map((record) => ({ ...record, topic, partition: Number(partition) })));
  }
};
