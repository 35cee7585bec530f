import { stepOf } from '@assay/events';
import { ConfigFollower, EmbeddedStore, rebuild, type Decider, type State } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { compareParked, compareStates, isSame, unsettledIn } from '../../../apps/assay/src/rebuild/stores.ts';
import { faults, type Fault } from './fault.ts';
import type { Stopped } from './stuck.ts';

/** A stopped service with its decider. */
export interface Rebuildable extends Stopped {
  readonly decider: Decider<never, never, never>;
}

/**
 * Rebuilds the state of each service from the log. It must equal the state that the service kept, and leave nothing to
 * emit.
 */
export const projectionsIn = async (services: readonly Rebuildable[], log: EventLog): Promise<Fault[]> => {
  const telemetry = await startTelemetry({ version: 'torment', env: {} });
  const all: Fault[] = [];
  for (const service of services) {
    const rebuilt = new EmbeddedStore(':memory:');
    try {
      await rebuild(service.decider, { log, store: rebuilt, tracer: telemetry.tracer(service.app) });
      all.push(...(await differing(service, rebuilt, log)), ...(await owed(service, rebuilt, log)));
    } finally {
      await rebuilt.close();
    }
  }
  await telemetry.shutdown();
  return all;
};

const differing = async ({ app, store }: Rebuildable, rebuilt: EmbeddedStore, log: EventLog): Promise<Fault[]> => {
  const unsettled = await unsettledIn(store, rebuilt, log.partitions);
  const comparisons = [
    await compareStates(store, rebuilt, log.partitions, unsettled),
    await compareParked(store, rebuilt),
  ];
  return faults('wrong')([
    ...[...unsettled].map((partition) => `${app}/${partition} is not where the log ends`),
    ...comparisons
      .filter((comparison) => !isSame(comparison))
      .map(
        ({ what, before, after, differing: some }) =>
          `${app} keeps ${before!.count} ${what}, and a rebuild has ${after.count}; they differ in ` +
          `${some.join(', ') || 'some'}`,
      ),
  ]);
};

const pageKeys = 500;

/**
 * True for work whose outcome may be a note, which no log has: a match that proves what matches are worth, and a
 * question about a tag that has not moved.
 */
const isNoted = ({ id }: { readonly id: string }): boolean => id.startsWith('rematch/') || id.startsWith('tag/');

/** Asks the decider again about every key of the log: which events should it have emitted and has not? */
const owed = async ({ app, decider }: Rebuildable, rebuilt: EmbeddedStore, log: EventLog): Promise<Fault[]> => {
  const config = new ConfigFollower(decider, stepOf(app).config);
  await config.start(log);
  const open: string[] = [];
  const halted = new Set((await rebuilt.parked()).map(({ key }) => key));
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const { marks = {}, dropped = [], behindMark = [] } = (await rebuilt.checkpoint(partition)) ?? {};
    const { received: _received, ...ownMarks } = marks;
    for (
      let page = await rebuilt.scan(partition, undefined, pageKeys);
      page.length > 0;
      page = await rebuilt.scan(partition, page.at(-1)!.key, pageKeys)
    ) {
      for (const { key, state: text } of page) {
        if (halted.has(key)) continue;
        const now = Date.now();
        const state = JSON.parse(text) as State<never, never>;
        const { events, jobs = [] } = decider.decide(state, {
          key,
          config: config.value,
          now,
          jobs: [],
          receivedUntil: now,
          // No received mark covers a key of which an event was dropped.
          marks: dropped.includes(key) ? ownMarks : marks,
          isBehindMark: behindMark.includes(key),
        });
        open.push(
          ...events.map(({ topic, cause }) => `${app} owes ${key} a ${topic} in answer to ${cause.id}`),
          ...jobs.filter((job) => !isNoted(job)).map(({ id }) => `${app} has yet to do ${id}`),
        );
      }
    }
  }
  await config.close();
  return faults('lost')(open);
};
