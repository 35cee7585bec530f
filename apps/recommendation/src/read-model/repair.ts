import { isComplete, withPage, type AssayEvent, type PageSet } from '@assay/events';
import type { LoggedEvent } from './history.ts';
import { byVerdict } from './placement.ts';
import { setAfter, setPageOf, publishedSetOf, type FindingSet, type SetPage } from './sets.ts';

type Classified = AssayEvent<'finding.classified'>;

/** The place of one event of a placement in the log. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: number;
}

/** A set of findings as read from the log, and the event that completed it. */
export interface ReadSet {
  readonly set: FindingSet;
  readonly event: Classified;
}

/** More pages than this are not read: a whole set comes after 64 changes at the latest. */
const mostRead = 2_000;

/** The classifications of a placement from its last whole set on, in the order of the log. */
const sinceLastWhole = async (
  places: readonly LogPlace[],
  read: (place: LogPlace) => Promise<LoggedEvent<'finding.classified'> | undefined>,
): Promise<readonly Classified[]> => {
  const events: Classified[] = [];
  for (const place of places.toSorted((a, b) => b.offset - a.offset).slice(0, mostRead)) {
    const logged = await read(place);
    if (!logged) continue;
    events.unshift(logged.event);
    const { content, page } = logged.event.data;
    if (content === 'set' && page === 1 && hasWholeSet(events)) break;
  }
  return events;
};

/** True if all pages of the set that begins here are there. */
const hasWholeSet = ([first, ...rest]: readonly Classified[]): boolean => {
  let set: PageSet<SetPage> | undefined;
  for (const event of first ? [first, ...rest] : []) {
    if (event.data.verdict !== first?.data.verdict || event.data.classification !== first.data.classification) continue;
    set = withPage(set, setPageOf(event));
    if (isComplete(set)) return true;
  }
  return false;
};

/**
 * Reads the findings of a placement from the log: the last whole set, and what follows it.
 *
 * @param places of all its classifications that were received, in any order
 * @returns undefined if one that counts is missing
 */
export const setFromLog = async (
  places: readonly LogPlace[],
  read: (place: LogPlace) => Promise<LoggedEvent<'finding.classified'> | undefined>,
): Promise<ReadSet | undefined> => {
  let found: ReadSet | undefined;
  let isMissing = false;
  const unfinished = new Map<string, PageSet<SetPage>>();
  for (const event of await sinceLastWhole(places, read)) {
    const page = setPageOf(event);
    if (found && byVerdict(page, found.set.of) <= 0) continue;
    const key = `${page.verdict}/${page.classification}`;
    const pages = withPage(unfinished.get(key), page);
    unfinished.set(key, pages);
    if (!isComplete(pages)) continue;
    const set = setAfter(found?.set, publishedSetOf(pages.pages));
    isMissing = set === undefined;
    if (set) found = { set, event };
  }
  return isMissing ? undefined : found;
};
