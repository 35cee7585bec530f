import { stepOf, type App } from '@assay/events';
import type { Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { faults, type Fault } from './fault.ts';

const stuck = faults('stuck');

/** A stopped service and its store. */
export interface Stopped {
  readonly app: App;
  readonly store: Store;
}

/** The work that a service had left when it was stopped, although its time was not limited. Claims the partitions. */
export const stuckIn = async ({ app, store }: Stopped, log: EventLog): Promise<Fault[]> => {
  const found: string[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const { checkpoint, outbox, parkedKeys } = await store.claim(partition, 0);
    const at = `${app}/${partition}`;
    if (!checkpoint.restored || !checkpoint.evaluated) found.push(`${at} is not filled from the log`);
    for (const topic of stepOf(app).consumes) {
      const end = await log.end(topic, partition);
      if ((checkpoint.offsets[topic] ?? 0) < end)
        found.push(`${at} has heard ${checkpoint.offsets[topic] ?? 0} of ${end} records of ${topic}`);
    }
    found.push(...outbox.map(({ topic, headers }) => `${at} has not sent ${topic} ${headers.ce_id}`));
    found.push(...parkedKeys.map((key) => `${at} has halted ${key}`));
    found.push(...(await jobsLeft(store, partition, at)));
  }
  return stuck(found);
};

const pageKeys = 500;

const jobsLeft = async (store: Store, partition: number, at: string): Promise<string[]> => {
  const left: string[] = [];
  for (let after: string | undefined; ;) {
    const keys = (await store.scan(partition, after, pageKeys)).map(({ key }) => key);
    if (keys.length === 0) return left;
    left.push(
      ...(await store.jobsOf(partition, keys)).map(
        ({ id, state, attempt }) => `${at} has a job ${id} that is ${state} (attempt ${attempt})`,
      ),
    );
    after = keys.at(-1);
  }
};
