import { noConsequences, type AssayEvent, type Consequences } from '@assay/events';
import { recordOf, type EventLog } from '@assay/messaging';
import { eventOf } from '@assay/testing';

/** Consequences for images, of which none are the default. */
export const consequencesOf = (given: Partial<Consequences> = {}): Consequences => ({
  ...noConsequences,
  ...given,
});

/** Runners that answer each offer for all partitions: the first has the consequences, and all others have none. */
export const answering =
  (log: EventLog, given: () => Partial<Consequences> = () => ({})) =>
  async ({ id }: AssayEvent<'advisories.offered'>): Promise<void> => {
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const consequences = consequencesOf(partition === 0 ? given() : {});
      const event = eventOf('advisories.weighed', 'trivy', { ...consequences, offer: id, partition });
      await log.append([recordOf(event, log.partitions)]);
    }
  };
