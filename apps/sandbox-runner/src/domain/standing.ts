import { ownJavaDatabase, type Database } from '@assay/events';
import { coveringMark, type Marks } from '@assay/event-sourcing/decider';
import { latestOf } from './compact.ts';
import { isBefore, orderOf } from './results.ts';
import type {
  Bench,
  Config,
  Emitted,
  EmittedPlacement,
  Note,
  Received,
  ReceivedPlacement,
  ScanSuccess,
  StandingResult,
} from './state.ts';

/** All that is known of a digest when it is decided about. */
export interface Situation {
  readonly key: string;
  readonly received: Received;
  readonly emitted: Emitted;
  readonly config: Config;
  readonly marks: Marks;
  readonly note: Note;
  readonly now: number;
  readonly bench: Bench;
}

/** The standing result, and what it stands on by now. */
export interface KnownResult {
  readonly standing: StandingResult;
  /** The last announced of its own database and those by which it was assessed again. */
  readonly database: Database;
  /** Offset of the announcement by which it was assessed again, if it was. */
  readonly assessed?: number;
  /** The database by which its Java archives were recognised last, as a database names it. */
  readonly java?: string;
}

/**
 * True if verdicts between the last answer of a placement and this one are missing among its approvals: they declined
 * it. Readers keep nothing of a declined placement.
 */
export const wasDeclined = (
  { approvals }: ReceivedPlacement,
  { answered }: EmittedPlacement,
  verdict: number,
): boolean => {
  if (answered === 0 || verdict <= answered) return false;
  const between = Object.values(approvals).filter(({ data }) => data.verdict > answered && data.verdict < verdict);
  return between.length < verdict - answered - 1;
};

/** The placements that have the standing result, by their keys: approved, and not declined since their last answer. */
export const holdersOf = ({ received, emitted }: Pick<Situation, 'received' | 'emitted'>): string[] =>
  Object.entries(received.placements)
    .filter(([key, placement]) => {
      const done = emitted.placements[key];
      const latest = latestOf(placement);
      return latest > 0 && done?.hasResult === true && !wasDeclined(placement, done, latest);
    })
    .map(([key]) => key)
    .toSorted();

/** The registries of the placements that have the standing result, in lower case. */
export const holdingRegistries = (situation: Pick<Situation, 'received' | 'emitted'>): string[] => [
  ...new Set(holdersOf(situation).map((place) => place.slice(0, place.indexOf('|')))),
];

/**
 * The standing result of a digest. A mark covers it only if a placement holds it: the images that no plan scans are
 * not assessed again, and not excepted either.
 */
export const knownResult = (situation: Situation): KnownResult | undefined => {
  const { key, emitted, config, marks, note } = situation;
  const { standing, last } = emitted;
  if (!standing) return undefined;
  const marked = coveringMark(marks.emitted, {
    digest: key,
    registryIds: holdingRegistries(situation),
    scanner: standing.scanner.name,
    sequence: last,
  });
  const noted = note.assessed?.result === standing.result ? note.assessed : undefined;
  const own = [standing.database, ...(standing.givenWith ? [standing.givenWith] : [])].map((database) => ({
    database,
    announced: orderOf(database, config) ?? -1,
  }));
  const again = [noted, marked].flatMap((each) => each ?? []);
  const java = noted?.database.java ?? standing.database.java;
  const [newest = { database: standing.database }] = [...own, ...again].toSorted((a, b) => b.announced - a.announced);
  return {
    standing,
    database: newest.database,
    ...(again.length > 0 ? { assessed: Math.max(...again.map(({ announced }) => announced)) } : {}),
    ...(java === undefined ? {} : { java }),
  };
};

/** True if a result is by the scanner and database that are announced. */
export const isByAnnounced = (
  { scanner, database }: Pick<ScanSuccess, 'scanner' | 'database'>,
  { announcement, recalled }: Config,
): boolean =>
  announcement !== undefined &&
  scanner.name === announcement.scanner &&
  database.digest === announcement.database.digest &&
  !recalled.includes(scanner.digest) &&
  (announcement.program === undefined || announcement.program.digest === scanner.digest);

/** True if the announced lists of package managers and shells are not newer than these. */
export const hasAnnouncedLists = (lists: number | undefined, { announcement }: Pick<Config, 'announcement'>): boolean =>
  (lists ?? 1) >= (announcement?.lists ?? 1);

/** True for an image of which some findings depend on the database of Java archives. */
export const hasJava = ({ witness }: Pick<StandingResult, 'witness'>): boolean =>
  witness?.languages.some(({ language }) => language === 'java') === true;

/**
 * True if Java archives are recognised by the announced database, or by one that the operator gave the runner. With no
 * database announced, any and none will do.
 *
 * @param java as a database names it
 */
export const hasAnnouncedJava = (java: string | undefined, { announcement }: Pick<Config, 'announcement'>): boolean =>
  announcement?.java === undefined || java === announcement.java.digest || java === ownJavaDatabase;

/** True if nothing newer is announced than what the result was assessed by. */
export const isCurrent = ({ standing, database, assessed = -1, java }: KnownResult, config: Config): boolean =>
  config.announcement === undefined ||
  ((!hasJava(standing) || hasAnnouncedJava(java, config)) &&
    (standing.inventory === undefined || hasAnnouncedLists(standing.inventory.lists, config)) &&
    (isByAnnounced({ scanner: standing.scanner, database }, config) ||
      (assessed >= config.announcement.announced && !config.recalled.includes(standing.scanner.digest))));

/**
 * True if a new approval may be answered with the result: it is as good as what a scan would give now. A result that no
 * witness confirms is no basis for a status, so the image is scanned again.
 */
export const isGoodEnough = (known: KnownResult, { config, bench }: Pick<Situation, 'config' | 'bench'>): boolean => {
  const { standing, database } = known;
  const { scanner, witness } = standing;
  if (!witness || config.recalled.includes(scanner.digest)) return false;
  if (config.announcement && isCurrent(known, config)) return true;
  return (
    scanner.digest === bench.scanner.digest &&
    (database.digest === bench.database.digest || isBefore(bench.database, database, config)) &&
    (bench.witnessVersion === undefined || witness.version === bench.witnessVersion)
  );
};

/**
 * True if a scan ended with the means of the standing result of the same build, or with an older database than the one
 * on which that stands by now, with a build that was recalled, or with another build while the standing result is by
 * the announced one. It takes no one's place, unless it is confirmed by a witness and the standing result is not.
 */
export const isSuperseded = (
  scanned: Pick<ScanSuccess, 'scanner' | 'database' | 'witness' | 'inventory'>,
  known: KnownResult | undefined,
  config: Config,
): boolean => {
  const { scanner, database, witness } = scanned;
  if (!known || config.recalled.includes(known.standing.scanner.digest)) return false;
  if (witness && !known.standing.witness) return false;
  if (config.recalled.includes(scanner.digest)) return true;
  const standingBuild = known.standing.scanner.digest;
  return standingBuild === scanner.digest
    ? isBefore(database, known.database, config) || hasSameMeans(scanned, known)
    : standingBuild === config.announcement?.program?.digest;
};

/** True for a scan by a process that has not yet what the one that asked for it has: it adds nothing. */
const hasSameMeans = (
  { database, witness, inventory }: Pick<ScanSuccess, 'database' | 'witness' | 'inventory'>,
  { standing, database: known, java }: KnownResult,
): boolean =>
  database.digest === known.digest &&
  database.java === java &&
  witness?.version === standing.witness?.version &&
  inventory?.lists === standing.inventory?.lists;
