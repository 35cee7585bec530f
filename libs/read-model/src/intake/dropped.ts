import { droppedIn } from '../placement/halted-digests.ts';
import type { ParkedEvent } from './parked.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

/** True if the view has left out a classification, by an operator's order. */
export const isDroppedClassification = ({ service, topic, outcome }: ParkedEvent): boolean =>
  service === 'view' && topic === 'finding.classified' && outcome === 'dropped';

/**
 * Finds the digests with a healthy image that may have findings by a classification which the view left out. That may
 * have been about any placement, so each of them needs a classification at that place of the log, or behind it. A
 * record in another partition than that of its digest is none of the classifier.
 */
export const writeDropped = async (connection: WritingConnection): Promise<ReadonlySet<string>> => {
  await connection.run('delete from dropped');
  await connection.run(
    `insert into dropped
    with gone as (
      select key, split_part(target, '/', 3)::integer as partition, max(split_part(target, '/', 4)::bigint) as "offset"
      from parked where service = 'view' and topic = 'finding.classified' and outcome = 'dropped' group by all)
    select distinct i.digest from gone join images i on i.digest = gone.key and i.partition = gone.partition
    where i.head_status = 'healthy' and i.image not in
      (select t.image from timeline t join gone on t.digest = gone.key and t.partition = gone.partition
      where t.topic = 'finding.classified' and t.image is not null and t."offset" >= gone."offset")`,
  );
  return droppedIn(connection.query);
};
