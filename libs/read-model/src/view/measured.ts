import { steadyClock, type Clock } from '@assay/event-sourcing';
import { present, targetIn } from '@assay/events';
import { gauge } from '@assay/telemetry';
import { estateFigures, type EstateFigures } from './estate-figures.ts';
import { kept } from './kept.ts';
import type { View } from './view.ts';

const service = 'recommendation';

type MeasuredView = Pick<
  View,
  'knowledgeIn' | 'read' | 'now' | 'staleBefore' | 'freshness' | 'behindSeconds' | 'isBroken'
>;

/**
 * Counts the events that the read model parked and no service did, by topic: only those in the partitions that this
 * instance owns, so that the counts of all instances add up. None while the read model is not current, since it may not
 * have read yet that they were released.
 *
 * @param owned numbers of the partitions that this instance owns
 */
export const parkedByView = async (
  view: Pick<View, 'parked' | 'freshness'>,
  owned: () => readonly number[],
): Promise<Readonly<Record<string, number>>> => {
  if ((await view.freshness()).state !== 'current') return {};
  const here = view.parked
    .ofViewAlone()
    .filter(({ target }) => owned().includes(present(targetIn(target), 'target').partition));
  return Object.fromEntries(
    [...Map.groupBy(here, ({ topic }) => topic)].map(([topic, events]) => [topic, events.length]),
  );
};

/**
 * Publishes the state of the read model as metrics, and what it knows of the estate. One instance does the latter for
 * all: the owner of the first partition, as long as its read model is current. What it does not know is not published.
 *
 * @param owned numbers of the partitions that this instance owns
 * @param failed receives the error if what is known of the estate cannot be counted
 * @param clock measures how long the numbers take
 * @returns a function that ends this
 */
export const measuredView = (
  view: MeasuredView,
  owned: () => readonly number[],
  failed: (error: unknown) => void,
  clock: Clock = steadyClock,
): (() => void) => {
  const ask = kept(
    () => view.read((query) => estateFigures(query, { now: view.now(), staleBefore: view.staleBefore() })),
    failed,
    clock,
  );
  const figures = async (): Promise<EstateFigures | undefined> =>
    owned().includes(0) && (await view.freshness()).state === 'current' ? ask() : undefined;
  const one = (
    name: 'pushes.overdue' | 'images.recalled' | 'charges.mismatch',
    key: 'overdue' | 'recalled' | 'mismatch',
  ) =>
    gauge(name, service).watch(async (observe) => {
      const known = await figures();
      if (known) observe(known[key]);
    });
  const ends = [
    gauge('view.behind', service).watch((observe) => observe(view.behindSeconds)),
    gauge('view.broken', service).watch((observe) => observe(Number(view.isBroken))),
    gauge('images', service).watch(async (observe) => {
      for (const { registry, status, count } of (await figures())?.images ?? []) observe(count, { registry, status });
    }),
    gauge('coverage.missing', service).watch(async (observe) => {
      for (const { registry, count } of (await figures())?.missing ?? []) observe(count, { registry });
    }),
    gauge('database.demonstration', service).watch(async (observe) => {
      const known = await figures();
      if (known) observe(Number(known.demonstration));
    }),
    one('pushes.overdue', 'overdue'),
    one('images.recalled', 'recalled'),
    one('charges.mismatch', 'mismatch'),
    gauge('database.latency', service).watch(async (observe) => {
      // A view that is closing, or is rebuilt, has no figure.
      const knowledge = await view.read((query) => view.knowledgeIn(query)).catch(() => undefined);
      if (knowledge && !knowledge.database.demonstration) observe(knowledge.latencySeconds);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
};
