import { isComplete, withPage, type AssayEvent, type PageSet } from '@assay/events';
import type { LoggedEvent } from './history.ts';
import { byVerdict, setAfter, setPageOf, publishedSetOf, type FindingSet, type SetPage } from '../placement/sets.ts';

type Classified = AssayEvent<'finding.classified'>;
type Rank = Pick<Classified['data'], 'verdict' | 'classification'>;

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

/** Applies classifications in the order of the log. Undefined if the last one of them cannot be applied. */
const setIn = (events: readonly Classified[]): ReadSet | undefined => {
  let found: ReadSet | undefined;
  let isMissing = false;
  const unfinished = new Map<string, PageSet<SetPage>>();
  for (const event of events) {
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

/**
 * Reads the findings of a placement from the log, backwards to the last whole set from which the classification that
 * counts follows.
 *
 * @param places of all its classifications that were received, in any order
 * @param wanted the classification that counts
 * @returns undefined if one that it follows from is missing
 */
export const setFromLog = async (
  places: readonly LogPlace[],
  read: (place: LogPlace) => Promise<LoggedEvent<'finding.classified'> | undefined>,
  wanted: Rank,
): Promise<ReadSet | undefined> => {
  const events: Classified[] = [];
  for (const place of places.toSorted((a, b) => b.offset - a.offset).slice(0, mostRead)) {
    const logged = await read(place);
    if (!logged) continue;
    events.unshift(logged.event);
    const { content, page } = logged.event.data;
    if (content !== 'set' || page !== 1 || !hasWholeSet(events)) continue;
    const found = setIn(events);
    if (found && byVerdict(found.set.of, wanted) >= 0) return found;
  }
  return undefined;
};
