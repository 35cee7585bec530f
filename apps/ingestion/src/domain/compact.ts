import { at } from '@assay/events';
import type { State } from '@assay/event-sourcing';
import { coverIn, isOfIndex, latest, openPushes } from './open.ts';
import {
  answeredIn,
  type Emitted,
  type NotifiedDeletion,
  type NotifiedPush,
  type Received,
  type ReceivedSource,
} from './state.ts';

/**
 * A notification that is over is dropped once a notification of the same digest and repository is this much later. No
 * sender delivers the same one again after so long.
 */
export const keptMs = 7 * 24 * 60 * 60_000;

/**
 * Most notifications of one digest and repository that are kept although they are over, the newest. They bound the
 * state and the work for an event: a digest may be pushed thousands of times within a week. A notification that is
 * delivered again behind more than these counts as another one. It is answered once more, under the same push id, or
 * under its own if the sender gave it a new id: one result too many, and none too few.
 */
export const mostKept = 500;

/** Orders notifications by their time, and by their id where times are equal. */
const age = (time: string, id: string): string => `${time} ${id}`;
const ageOf = ({ cause, seenAt, receivedAt }: Pick<NotifiedDeletion, 'cause' | 'seenAt' | 'receivedAt'>): string =>
  age(seenAt ?? receivedAt, cause.id);

/**
 * Drops notifications of long ago, or behind many newer ones, that are answered or covered, and the notes of their
 * answers. The times are those of the events, and never the clock's.
 *
 * What may still decide stays, however old: open pushes and deletions, pushes that are still tried, and in each
 * repository the last direct push, the last push by an index, the last answered one, the last deletion, and the first
 * one behind the last direct push. Late notifications are covered by these as by all that are gone.
 */
export const compact = (state: State<Received, Emitted>, most = mostKept): State<Received, Emitted> => {
  const answered = new Set(answeredIn(state.emitted));
  const tried = new Set(Object.values(state.emitted.trying ?? {}).map(({ id }) => id));
  const sources = Object.entries(state.received).map(
    ([key, source]) => [key, source, compacted(source, most, answered, tried)] as const,
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

const idsOf = ({ seen, pushes, deletions }: ReceivedSource): string[] => [
  ...Object.keys(seen),
  ...[pushes, deletions].flatMap((entries) => entries.map(({ cause }) => cause.id)),
];

const compacted = (
  source: ReceivedSource,
  most: number,
  answered: ReadonlySet<string>,
  tried: ReadonlySet<string>,
): ReceivedSource => {
  const ages = [
    ...[source.pushes, source.deletions].flatMap((entries) => entries.map(ageOf)),
    ...Object.entries(source.seen).map(([id, time]) => age(time, id)),
  ].toSorted();
  const newest = Date.parse(ages.at(-1)?.split(' ')[0] ?? '');
  if (Number.isNaN(newest)) return source;
  const [inTime, ofMost] = [new Date(newest - keptMs).toISOString(), ages.at(-most) ?? ''];
  const since = inTime > ofMost ? inTime : ofMost;
  const isOld = (each: string): boolean => each < since;
  if (!isOld(at(ages, 0))) return source;
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
  const isKept = (entry: NotifiedPush | NotifiedDeletion): boolean => needed.has(entry) || !isOld(ageOf(entry));
  return {
    ...source,
    seen: Object.fromEntries(Object.entries(source.seen).filter(([id, time]) => !isOld(age(time, id)))),
    pushes: source.pushes.filter(isKept),
    deletions: source.deletions.filter(isKept),
  };
};
