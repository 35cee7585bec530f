import type { AnnouncedAdvisories } from '@assay/event-sourcing';

const dayMs = 24 * 60 * 60_000;
/** A database that was not recalled for so long after it came into use has proved itself, ms. */
const provenMs = 7 * dayMs;
/** Of the days before, an archive of each such time is kept, ms, so that one of them proves itself next. */
const stepMs = 2 * dayMs;
/** Archives that are kept in any case: of the database in use, and of those before it. */
const kept = 3;

type Stored = AnnouncedAdvisories & { readonly dataref: string };

/** A database whose archive was stored, and when it came into use first, ms since the epoch. */
export interface UsedDatabase {
  readonly announced: Stored;
  readonly since: number;
}

/**
 * The databases whose archives were stored, the one announced last first.
 * @param all the announcements of one scanner, the oldest first
 */
export const usedDatabases = (all: readonly AnnouncedAdvisories[]): readonly UsedDatabase[] => {
  const since = new Map<string, number>();
  const last = new Map<string, Stored>();
  for (const each of all) {
    const { digest } = each.database;
    if (each.dataref === undefined) continue;
    if (!since.has(digest)) since.set(digest, Date.parse(each.at));
    last.delete(digest);
    last.set(digest, { ...each, dataref: each.dataref });
  }
  return [...last.values()].toReversed().map((announced) => ({
    announced,
    since: since.get(announced.database.digest) ?? 0,
  }));
};

const isProven = ({ announced, since }: UsedDatabase, recalled: ReadonlySet<string>, now: number): boolean =>
  since <= now - provenMs && !recalled.has(announced.database.digest);

/**
 * The databases that may take the place of one that is recalled, the best first: the last that proved itself, and then
 * those before the recalled one. Several bad ones in a row do not take each other's place.
 */
export const insteadOf = (
  digest: string,
  used: readonly UsedDatabase[],
  recalled: ReadonlySet<string>,
  now: number,
): readonly Stored[] => {
  const others = used.filter(
    ({ announced }) => announced.database.digest !== digest && !recalled.has(announced.database.digest),
  );
  const proven = others.find((each) => isProven(each, recalled, now));
  return [...(proven ? [proven] : []), ...others.filter((each) => each !== proven)].map(({ announced }) => announced);
};

/** The archives that are kept: the last ones, the last that proved itself, and one of each two days since. */
export const keptArchives = (
  used: readonly UsedDatabase[],
  recalled: ReadonlySet<string>,
  now: number,
): ReadonlySet<string> => {
  const proven = used.find((each) => isProven(each, recalled, now));
  // Of each step the first one, so that it stays the same one until it has proved itself.
  const steps = new Map(
    used.filter(({ since }) => since > now - provenMs).map((each) => [Math.floor(each.since / stepMs), each]),
  );
  const all = [...used.slice(0, kept), ...(proven ? [proven] : []), ...steps.values()];
  return new Set(all.map(({ announced }) => announced.dataref));
};
