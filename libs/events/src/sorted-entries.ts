/** The entries of a record by their keys, so that the same record gives the same order however it was filled. */
export const sortedEntries = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
