import { factsOf, groupOf, inOrder, type SetEntry } from './entries.ts';

/** A database as an event names it. */
export interface NamedDatabase {
  readonly digest: string;
  readonly builtAt?: string;
  readonly demonstration?: boolean;
}

/** A result, as far as it decides what a later one misses. */
export interface MissingResult {
  readonly entries: readonly SetEntry[];
  readonly scanner: string;
  readonly form: number;
  /** The database by which it was published. */
  readonly by: NamedDatabase;
  /** Its number. */
  readonly result: number;
}

/** An entry of an earlier result that a later one misses because of its database. */
export interface MissedEntry {
  readonly entry: SetEntry;
  readonly at: string;
  readonly by: NamedDatabase;
  /** The first result that misses it. */
  readonly since: number;
  /** An answer to the same result named a database that agrees. A classification may rest on what was before that. */
  readonly isEnded?: true;
}

const dayMs = 24 * 60 * 60_000;

/** True if a database counts as agreement: its content is a day newer than that of the first one without the entry. */
export const isAgreed = ({ by }: MissedEntry, { builtAt = '' }: NamedDatabase): boolean =>
  Date.parse(builtAt) - Date.parse(by.builtAt ?? '') >= dayMs;

/** The entries that wait for another database after a result. */
export const missedAfter = (
  waiting: readonly MissedEntry[],
  before: MissingResult | undefined,
  after: MissingResult,
  at: string,
): readonly MissedEntry[] => {
  if (before === undefined) return [];
  const { by } = after;
  const isDue =
    before.by.builtAt !== undefined &&
    by.builtAt !== undefined &&
    before.by.digest !== by.digest &&
    !(Date.parse(by.builtAt) < Date.parse(before.by.builtAt)) &&
    before.scanner === after.scanner &&
    before.form === after.form;
  const there = new Set(after.entries.map(groupOf));
  return [
    ...waiting.filter((each) => !isAgreed(each, by)),
    ...(isDue ? before.entries.map((entry) => ({ entry, at, by, since: after.result })) : []),
  ].filter(({ entry }) => !there.has(groupOf(entry)));
};

/** Entries with when and where each was missed first, as one text. */
const textOf = (entries: readonly SetEntry[]): string =>
  entries
    .map((entry) => `${factsOf([entry])} missed at ${entry.advisoryRemoved?.at} by ${entry.advisoryRemoved?.database}`)
    .sort()
    .join('; ');

/** The first entry of each group: a classification has a package at several paths once. */
const firsts = (entries: readonly SetEntry[]): SetEntry[] =>
  [...Map.groupBy(inOrder(entries), groupOf).values()].map(([first]) => first!);

/**
 * @param shown the entries of a classification that are kept
 * @param known what readers had by the classification before, and the result that it rested on
 * @returns why these are not the entries that wait while the image stands on the database
 */
export const faultOfKept = (
  shown: readonly SetEntry[],
  missed: readonly MissedEntry[],
  database: NamedDatabase,
  known: { readonly result: number; readonly entries: readonly SetEntry[] },
): string | undefined => {
  const groups = new Set(known.entries.map(groupOf));
  const waiting = missed.filter((each) => !isAgreed(each, database));
  const ended = new Set(waiting.filter(({ isEnded }) => isEnded).map(({ entry }) => groupOf(entry)));
  const due = waiting
    .filter(({ entry, since, isEnded }) => !isEnded && (known.result < since || groups.has(groupOf(entry))))
    .map(({ entry, at, by }) => ({ ...entry, advisoryRemoved: { at, database: by.digest } }));
  const [is, expected] = [textOf(shown.filter((entry) => !ended.has(groupOf(entry)))), textOf(firsts(due))];
  return is === expected ? undefined : `kept is ${is || 'nothing'}, and ${expected || 'nothing'} waits`;
};
