import { setTimeout as pause } from 'node:timers/promises';
import { configTopics, keyedTopics, placementKey } from '@assay/events';
import type { Store } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { Api } from '../../apps/assay/dist/client/api.js';
import type { TormentTruth } from './checker/truth.ts';
import type { DistributedSuite } from '../distributed/suite.ts';

export interface Watched {
  readonly suite: DistributedSuite;
  readonly log: EventLog;
  readonly stores: readonly Pick<Store, 'jobCounts'>[];
  readonly truth: Pick<TormentTruth, 'pushes'>;
  readonly signal: AbortSignal;
}

/** Nothing new for this long counts as quiet: longer than a claim of a partition or the first wait of a job takes. */
const quietMs = 6000;

const endsOf = async (log: EventLog): Promise<string> => {
  const ends: number[] = [];
  // Seals go on for ever.
  for (const topic of configTopics) if (topic !== 'log.sealed') ends.push(await log.end(topic, 0));
  for (const topic of keyedTopics)
    for (let partition = 0; partition < log.partitions; partition += 1) ends.push(await log.end(topic, partition));
  return ends.join();
};

/** Counts the places of pushed tags that have no final status yet. */
export const openPlaces = async ({
  suite: {
    endpoint: { url, token },
  },
  truth,
}: Pick<Watched, 'suite' | 'truth'>): Promise<number> => {
  const shown = new Map(
    (await new Api(url, token).images({ children: 'true' })).map((image) => [placementKey(image), image]),
  );
  return truth.pushes.filter((push) => {
    const image = shown.get(placementKey(push));
    return !image || image.status === 'queued' || image.status === 'scanning' || !image.tags.includes(push.tag);
  }).length;
};

/**
 * Waits until every push has its status, no job is left and the log does not grow. Returns false if that takes too
 * long.
 */
export const quiet = async (
  watched: Watched,
  patienceMs: number,
  progress: (open: number | undefined) => void,
): Promise<boolean> => {
  let [ends, since] = ['', Date.now()];
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(1000)) {
    watched.signal.throwIfAborted();
    const open = await openPlaces(watched).catch(() => undefined);
    const [jobs, now] = await Promise.all([
      Promise.all(watched.stores.map((store) => store.jobCounts())),
      endsOf(watched.log),
    ]);
    const isBusy = open !== 0 || jobs.some((counts) => Object.values(counts).some((count) => count > 0));
    if (now !== ends || isBusy) {
      [ends, since] = [now, Date.now()];
      progress(open);
    } else if (Date.now() - since > quietMs) return true;
  }
  return false;
};
