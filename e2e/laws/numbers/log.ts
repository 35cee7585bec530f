import { definitions } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import type { ReadRecord } from '../records.ts';

/** All records of a log, topic by topic. */
export const recordsIn = async (log: EventLog): Promise<ReadRecord[]> => {
  const records: ReadRecord[] = [];
  for (const topic of new Set(definitions.map((definition) => definition.topic)))
    for (let partition = 0; partition < log.partitions; partition += 1)
      for await (const batch of log.read(topic, partition, 0, await log.end(topic, partition)))
        records.push(...batch.records);
  return records;
};
