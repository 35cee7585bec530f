import { at, present } from '@assay/events';
export interface TimelineRow {
  readonly topic: string;
  readonly id: string;
  readonly cause: string | null;
  readonly correlation: string | null;
  readonly time: string;
  readonly summary: string;
  /** Number of pages in the set that it belongs to; each page is an event. */
  readonly pages: number | null;
  readonly trace_id: string | null;
  readonly repository: string | null;
  readonly subscription_id: string | null;
}

/** Number of known causes before each event. */
const depths = (rows: readonly TimelineRow[]): ReadonlyMap<string, number> => {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const known = new Map<string, number>();
  const depth = (id: string, guard: number): number => {
    const row = byId.get(id);
    if (!row || guard === 0) return 0;
    const found = known.get(id) ?? 1 + (row.cause === null ? 0 : depth(row.cause, guard - 1));
    known.set(id, found);
    return found;
  };
  for (const { id } of rows) depth(id, rows.length);
  return known;
};

/** Shows the pages of one event as one entry. An effect of any of the pages is shown as an effect of that entry. */
const unpaged = (rows: readonly TimelineRow[]): readonly TimelineRow[] => {
  const sets = Map.groupBy(
    rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ({ topic, id, cause, time, summary, pages }) =>
      JSON.stringify((pages ?? 1) > 1 ? [topic, cause, time, summary] : [topic, id]),
  );
  const entries = [...sets.values()].map((set) => ({ entry: at(set, 0), others: set.slice(1) }));
  const shownAs = new Map(entries.flatMap(({ entry, others }) => others.map(({ id }) => [id, entry.id])));
  return entries.map(({ entry }) => ({
    ...entry,
    cause: entry.cause === null ? null : (shownAs.get(entry.cause) ?? entry.cause),
  }));
};

/** Sorts causes before effects: by time and, at the same time, by distance from the push. */
export const timelineShown = (all: readonly TimelineRow[]): object[] => {
  const rows = unpaged(all);
  const known = depths(rows);
  const depthOf = (id: string): number => present(known.get(id), 'depth of the event');
  const ordered = rows.toSorted(
    (a, b) =>
      Date.parse(a.time) - Date.parse(b.time) ||
      depthOf(a.id) - depthOf(b.id) ||
      a.topic.localeCompare(b.topic) ||
      a.summary.localeCompare(b.summary, 'en', { numeric: true }) ||
      (a.id < b.id ? -1 : 1),
  );
  const begin = ordered[0] ? Date.parse(ordered[0].time) : 0;
  return ordered.map(({ topic, id, cause, correlation, time, summary, pages, trace_id, repository }) => ({
    topic,
    id,
    time,
    afterMs: Date.parse(time) - begin,
    summary,
    ...((pages ?? 1) > 1 ? { pages } : {}),
    ...(cause ? { cause } : {}),
    ...(correlation ? { pushId: correlation } : {}),
    ...(trace_id ? { traceId: trace_id } : {}),
    ...(repository ? { repository } : {}),
    depth: depthOf(id),
  }));
};
