import { decode, isOf, type AnyEvent, type DataOf } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { longBounds } from '@assay/telemetry';
import type { Victoria } from './victoria.ts';

/** Counts of pushes, and the bucket of the histogram that holds the 99th percentile: its upper bound in seconds. */
export interface PushCounts {
  readonly pushes: number;
  readonly inTime: number;
  readonly p99: string;
}

const promiseMs = 15 * 60_000;
const share = 0.99;

type Placed = Pick<DataOf<'finding.classified'>, 'digest' | 'loginServer' | 'repository' | 'receivedAt'>;

const placeOf = ({ digest, loginServer, repository }: Omit<Placed, 'receivedAt'>): string =>
  `${loginServer}/${repository}@${digest}`;

const eventsOf = async (log: EventLog, topic: string): Promise<readonly AnyEvent[]> => {
  const events: AnyEvent[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1)
    for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition)))
      for (const record of records) {
        const decoded = decode(topic, record);
        if (decoded.kind === 'event') events.push(decoded.event);
      }
  return events;
};

/** The bucket in which the p99 of sorted counts lies. */
const bucketOf = (cumulative: readonly (readonly [bound: string, count: number])[]): string => {
  const all = cumulative.at(-1)?.[1] ?? 0;
  return cumulative.find(([, count]) => count >= share * all)?.[0] ?? 'none';
};

/**
 * Counts pushes from the events of the log alone, with no code of the services. A push ends with the first answer about
 * its image that rests on it or on a later push. An index of images has no answer of its own, and is none.
 */
export const countsByEvents = async (log: EventLog): Promise<PushCounts> => {
  const pushes = new Map<string, { readonly place: string; readonly receivedAt: number }>();
  for (const event of await eventsOf(log, 'image.pushed'))
    if (isOf(event, 'image.pushed') && event.data.facts?.children?.some(({ kind }) => kind === 'image') !== true)
      pushes.set(event.data.pushId, { place: placeOf(event.data), receivedAt: Date.parse(event.data.receivedAt) });
  const answers = [...(await eventsOf(log, 'finding.classified')), ...(await eventsOf(log, 'scan.declined'))].map(
    ({ data, time }) => ({
      place: placeOf(data as Placed),
      receivedAt: Date.parse((data as Placed).receivedAt),
      at: Date.parse(time),
    }),
  );
  const seconds = [...pushes.values()].flatMap(({ place, receivedAt }) => {
    const ends = answers.filter((answer) => answer.place === place && answer.receivedAt >= receivedAt);
    return ends.length > 0 ? [Math.max(0, Math.min(...ends.map(({ at }) => at)) - receivedAt) / 1000] : [];
  });
  const within = (bound: number): number => seconds.filter((each) => each <= bound).length;
  return {
    pushes: seconds.length,
    inTime: within(promiseMs / 1000),
    p99: bucketOf([
      ...longBounds.map((bound) => [String(bound), within(bound)] as const),
      ['+Inf', seconds.length] as const,
    ]),
  };
};

/** The same from the metrics. A process that was started again counts from 0, so its counters add up. */
export const countsByMetrics = async (victoria: Victoria, from: Date): Promise<PushCounts> => {
  const seconds = Math.ceil((Date.now() - from.getTime()) / 1000);
  const total = async (series: string): Promise<number> =>
    Math.round((await victoria.value(`sum(increase(${series}[${seconds}s]))`)) ?? 0);
  const buckets = await victoria.query(`sum by (le) (increase(assay_push_duration_seconds_bucket[${seconds}s]))`);
  const cumulative = buckets
    .map(({ labels, samples }) => [labels['le'] ?? '', Math.round(samples[0]?.[1] ?? 0)] as const)
    .toSorted(([a], [b]) => Number(a.replace('+Inf', 'Infinity')) - Number(b.replace('+Inf', 'Infinity')));
  return {
    pushes: await total('assay_pushes_total'),
    inTime: await total('assay_pushes_total{in_time="true"}'),
    p99: bucketOf(cumulative.map(([bound, count]) => [String(Number(bound) || bound), count] as const)),
  };
};
