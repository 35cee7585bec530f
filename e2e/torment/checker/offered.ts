import { laws } from '../../laws/judge.ts';
import { OfferJudge, type OfferFault, type OfferLimits } from '../../laws/offers.ts';
import { faults, type Fault } from './fault.ts';
import type { LogReading } from './reading.ts';

/** Those of every installation (docs/database.md). */
const limits: OfferLimits = { packages: 5, findingsPercent: 10, healthyPercent: 5, weakenedPercent: 10 };

const orderedIn = (reading: LogReading): ReadonlySet<string> =>
  new Set(
    reading
      .of('operator.acted')
      .filter(({ event: { data } }) => data.command === 'release' && data.outcome === 'ordered')
      .map(({ event: { data } }) => data.target.replace(/^database\//, '')),
  );

/**
 * Databases that were announced against their offers. The order of records is known within a topic only: so the answers
 * to an offer are read with it, orders before their effect, and announcements in the end. The images of a partition are
 * not known.
 */
export const misofferedIn = (reading: LogReading, partitions: number): Fault[] => {
  const judge = new OfferJudge(limits, partitions);
  const found: OfferFault[] = [];
  const released = orderedIn(reading);
  const answers = Map.groupBy(reading.of('advisories.weighed'), ({ event: { data } }) => data.offer);
  for (const {
    event: { id, data },
  } of reading.of('advisories.offered')) {
    const { digest } = data.database;
    if (data.state === 'used' && released.has(digest)) judge.released(digest);
    found.push(...judge.offered(id, data));
    if (data.state !== 'offered') continue;
    for (const { event } of answers.get(id) ?? []) found.push(...judge.weighed(event.data));
    answers.delete(id);
  }
  for (const each of [...answers.values()].flat()) found.push(...judge.weighed(each.event.data));
  let inUse: string | undefined;
  for (const { event } of reading.of('advisories.updated')) {
    found.push(...judge.announced(event.data.database.digest, inUse));
    inUse = event.data.database.digest;
  }
  return faults('wrong')(found.map(({ law, detail }) => `${laws[law]}: ${detail}`));
};
