import type { State } from '@assay/event-sourcing';
import { coverIn, isOfIndex, latest, openPushes } from './open.ts';
import { answeredIn, type Emitted, type NotifiedDeletion, type Received, type ReceivedSource } from './state.ts';

/**
 * A notification that is over is dropped once a notification of the same digest and repository is this much later. No
 * sender delivers the same one again after so long.
 */
export const keptMs = 7 * 24 * 60 * 60_000;

const seenAt = ({ seenAt: seen, receivedAt }: Pick<NotifiedDeletion, 'seenAt' | 'receivedAt'>): string =>
  seen ?? receivedAt;

/**
 * Drops notifications of long ago that are answered or covered, and the notes of their answers. The times are those of
 * the events, and never the clock's.
 *
 * What may still decide stays, however old: open pushes and deletions, pushes that are still tried, and in each
 * repository the last direct push, the last push by an index, the last answered one, the last deletion, and the first
 * one behind the last direct push. Late notifications are covered by these as by all that are gone.
 */
export const compact = (state: State<Received, Emitted>): State<Received, Emitted> => {
  const answered = new Set(answeredIn(state.emitted));
  const tried = new Set(Object.values(state.emitted.trying ?? {}).map(({ id }) => id));
  const sources = Object.entries(state.received).map(
    ([key, source]) => [key, source, compacted(source, answered, tried)] as const,
  );
  if (sources.every(([, before, after]) => before === after)) return state;
  const kept = new Set(sources.flatMap(([, , source]) => idsOf(source)));
  const dropped = new Set(sources.flatMap(([, source]) => idsOf(source)).filter((id) => !kept.has(id)));
  const { early: previous, ...emitted } = state.emitted;
  const early = previous?.filter((id) => !dropped.has(id)) ?? [];
  return {
    ...state,
    received: Object.fromEntries(sources.map(([key, , source]) => [key, source])),
    emitted: {
      ...emitted,
      answered: answeredIn(emitted).filter((id) => !dropped.has(id)),
      ...(early.length > 0 ? { early } : {}),
    },
  };
};

const idsOf = ({ pushes, deletions }: ReceivedSource): string[] =>
  [pushes, deletions].flatMap((entries) => entries.map(({ cause }) => cause.id));

const compacted = (
  source: ReceivedSource,
  answered: ReadonlySet<string>,
  tried: ReadonlySet<string>,
): ReceivedSource => {
  const times = [
    ...[source.pushes, source.deletions].flatMap((entries) => entries.map(seenAt)),
    ...Object.values(source.seen),
  ];
  const newest = Date.parse(latest(times, (time) => time) ?? '');
  if (Number.isNaN(newest)) return source;
  const since = new Date(newest - keptMs).toISOString();
  const isOld = (time: string): boolean => time < since;
  if (!times.some(isOld)) return source;
  const { direct, indexed, gone } = coverIn(source, answered);
  const listed = latest(source.pushes.filter(isOfIndex), ({ occurredAt }) => occurredAt);
  const deleted = latest(source.deletions, ({ deletedAt }) => deletedAt);
  const needed = new Set<object | undefined>([
    ...openPushes(source, answered),
    ...source.pushes.filter(({ cause }) => tried.has(cause.id)),
    ...source.deletions.filter(({ cause }) => !answered.has(cause.id)),
    direct,
    indexed,
    listed,
    deleted,
    gone,
  ]);
  const isKept = (entry: Pick<NotifiedDeletion, 'seenAt' | 'receivedAt'>): boolean =>
    needed.has(entry) || !isOld(seenAt(entry));
  return {
    ...source,
    seen: Object.fromEntries(Object.entries(source.seen).filter(([, time]) => !isOld(time))),
    pushes: source.pushes.filter(isKept),
    deletions: source.deletions.filter(isKept),
  };
};
