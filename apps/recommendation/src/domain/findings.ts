import {
  canonical,
  derivedId,
  findingIdOf,
  identityOf,
  severities,
  type ClassifiedFinding,
  type DataOf,
  type MovedFindings,
  type Placement,
  type RuledFindings,
} from '@assay/events';
import type { Entry, FindingPage, ReceivedPlacement, Recommended } from './state.ts';

/** At most this many findings are named; the count covers all of them. */
const mostNamed = 20;

const marks = { active: 'a', exempt: 'e' } as const;

const entryOf = (finding: ClassifiedFinding): Entry =>
  `${severities.indexOf(finding.severity)}${marks[finding.state]}${identityOf(finding)}`;

/** Findings in short, in canonical order. */
export const entriesOf = (findings: readonly ClassifiedFinding[]): Entry[] => canonical(findings).map(entryOf);

const identityIn = (entry: Entry): string => entry.slice(2);
const isActive = (entry: Entry): boolean => entry[1] === marks.active;
const byIdentity = (a: Entry, b: Entry): number => (identityIn(a) < identityIn(b) ? -1 : 1);

const withRules = (entries: readonly Entry[], ruled: readonly RuledFindings[]): Entry[] | undefined => {
  const changed = [...entries];
  for (const { state, at } of ruled)
    for (const position of at) {
      const entry = changed[position];
      if (entry === undefined) return undefined;
      changed[position] = `${entry[0]}${marks[state]}${identityIn(entry)}`;
    }
  return changed;
};

/**
 * Applies a change to a set of findings.
 *
 * @param before in canonical order
 * @returns undefined if a position is beyond the set, so the set is another one
 */
export const entriesAfter = (
  before: readonly Entry[],
  { entries, removed = [], ruled = [] }: Pick<FindingPage, 'entries' | 'removed' | 'ruled'>,
): Entry[] | undefined => {
  const gone = new Set(removed);
  const after = withRules(before, ruled);
  if (!after || removed.some((position) => position >= before.length)) return undefined;
  const left = after.filter((_, position) => !gone.has(position));
  return [...new Map([...left, ...entries].map((entry) => [identityIn(entry), entry])).values()].toSorted(byIdentity);
};

/** The parts of an entry that make one finding. A package at several paths is one. */
const findingIn = (entry: Entry) => {
  const [vulnerability = '', , name = '', installedVersion = ''] = identityIn(entry).split('\u0000');
  return { vulnerability, package: name, installedVersion };
};

/** The findings that count, by vulnerability, package and version: the worst first. */
const counting = (entries: readonly Entry[]): ReadonlyMap<string, Entry> => {
  const found = new Map<string, Entry>();
  for (const entry of entries.filter(isActive).toSorted((a, b) => Number(a[0]) - Number(b[0]))) {
    const name = Object.values(findingIn(entry)).join('\u0000');
    if (!found.has(name)) found.set(name, entry);
  }
  return found;
};

/** The same findings that count have the same id, in any order. */
export const findingSetOf = (entries: readonly Entry[]): string =>
  derivedId('findings', ...[...counting(entries).keys()].toSorted());

export const noFindingSet = findingSetOf([]);

type Place = Pick<Placement, 'registryId' | 'repository' | 'digest'>;

const moved = (place: Place, entries: readonly Entry[]): MovedFindings => ({
  count: entries.length,
  findings: entries.slice(0, mostNamed).map((entry) => {
    const finding = findingIn(entry);
    return { findingId: findingIdOf(place, finding), vulnerability: finding.vulnerability };
  }),
});

const without = (entries: readonly Entry[], others: readonly Entry[]): readonly Entry[] => {
  const known = counting(others);
  return [...counting(entries)].filter(([name]) => !known.has(name)).map(([, entry]) => entry);
};

/** Added and removed findings since the last recommendation. Empty if the findings at that time are unknown. */
export const movedSince = (
  { outcome, before }: ReceivedPlacement,
  emitted: Recommended | undefined,
): Pick<DataOf<'recommendation.changed'>, 'added' | 'removed'> => {
  const none = { count: 0, findings: [] };
  if (!outcome)
    return emitted === undefined || emitted.findingSet === noFindingSet ? { added: none, removed: none } : {};
  const now = outcome.entries;
  if (!now) return {};
  const sets = [[], now, before?.entries].filter((entries) => entries !== undefined);
  const then = emitted === undefined ? [] : sets.find((entries) => findingSetOf(entries) === emitted.findingSet);
  return then
    ? { added: moved(outcome.judged, without(now, then)), removed: moved(outcome.judged, without(then, now)) }
    : {};
};
