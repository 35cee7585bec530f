import { withSteps } from '@assay/advisories';
import { databaseLimits, type Database } from '@assay/events';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** An alarm is raised this long before images turn `advisories-too-old`, ms; of a short limit, at half of it. */
const beforeMs = 2 * dayMs;
/** Failures that last this long need an operator, ms. */
const warningMs = dayMs;
/** Sources have a newer database each day. The age stands in for failures of before a restart. */
const agedMs = 2 * dayMs;

/** Failures of the refresher, one after the other. */
export interface Failing {
  /** The first one, ms since the epoch. */
  readonly since: number;
  /** The reason of the last one. */
  readonly why: string;
  /** The steps of an operator, if they are known. */
  readonly remedy?: string | undefined;
}

/** How old the announced database is, and whether a newer one can be taken. */
export interface DatabaseFreshness {
  /** `alarm`: images turn `advisories-too-old` within two days, or have. */
  readonly level: 'good' | 'warning' | 'alarm';
  /** Age of the announced database; absent without one, or if it is the demonstration database. */
  readonly ageSeconds?: number;
  readonly failing?: { readonly since: string; readonly why: string };
  /** Lines for an operator. One that begins with `warning: ` or `alarm: ` asks for a remedy. */
  readonly notes: readonly string[];
}

const behind = 'copy the database to it again, or take it out of ASSAY_DATABASE_SOURCES';

const timeOf = (ms: number): string => new Date(ms).toISOString();
const ageOf = (ms: number): string =>
  ms < 2 * dayMs ? `${Math.floor(ms / hourMs)} h` : `${Math.floor(ms / dayMs)} days`;

/** The parts of a database that its freshness depends on. */
export type DatedDatabase = Pick<Database, 'builtAt' | 'demonstration' | 'tooOldDays'>;

/**
 * @param database the announced one
 * @param now ms since the epoch
 */
export const freshnessOf = (
  {
    database,
    failing,
    javaFailing,
    held,
    clock,
    lagging = [],
  }: {
    readonly database?: DatedDatabase | undefined;
    readonly failing?: Failing | undefined;
    readonly javaFailing?: Failing | undefined;
    readonly held?: { readonly note: string } | undefined;
    /** The line about a clock that is behind: then the age is not known. */
    readonly clock?: string | undefined;
    /** Sources that lag behind another one, in one line each. */
    readonly lagging?: readonly string[];
  },
  now: number,
): DatabaseFreshness => {
  const builtAt = database && !database.demonstration ? Date.parse(database.builtAt) : undefined;
  const { tooOldMs: oldestMs } = databaseLimits(database ?? {});
  const alarmMs = Math.max(oldestMs - beforeMs, oldestMs / 2);
  const [age, failed] = [builtAt === undefined ? 0 : now - builtAt, failing ? now - failing.since : 0];
  const isAlarm = Math.max(age, failed) >= alarmMs;
  const isWarning = failing !== undefined && (failed >= warningMs || age >= agedMs);
  const consequence =
    builtAt === undefined
      ? ''
      : `. The one in use is ${ageOf(age)} old` +
        (isAlarm
          ? `: ${age > oldestMs ? 'since' : 'from'} ${timeOf(builtAt + oldestMs)} ` +
            `${age > oldestMs ? '' : 'on '}no image becomes healthy by it (advisories-too-old)`
          : '');
  const isJavaWarning = javaFailing !== undefined && now - javaFailing.since >= warningMs;
  const own = isAlarm ? 'alarm' : isWarning ? 'warning' : 'good';
  const isWarned = isJavaWarning || held !== undefined || clock !== undefined || lagging.length > 0;
  const level = own === 'good' && isWarned ? 'warning' : own;
  const what = failing
    ? `no newer vulnerability database could be taken since ${timeOf(failing.since)}: ${failing.why}`
    : isAlarm
      ? 'there is no newer vulnerability database'
      : undefined;
  return {
    level,
    ...(builtAt === undefined ? {} : { ageSeconds: Math.max(0, Math.round(age / 1000)) }),
    ...(failing ? { failing: { since: timeOf(failing.since), why: failing.why } } : {}),
    notes: [
      ...(held ? [held.note] : []),
      ...(clock === undefined ? [] : [clock]),
      ...(what === undefined
        ? []
        : [withSteps(`${own === 'good' ? '' : `${own}: `}${what}${consequence}`, failing?.remedy)]),
      ...(javaFailing
        ? [
            withSteps(
              `${isJavaWarning ? 'warning: ' : ''}no newer Java database could be taken since ` +
                `${timeOf(javaFailing.since)}: ${javaFailing.why}`,
              javaFailing.remedy,
            ),
          ]
        : []),
      ...lagging.map((line) => withSteps(`warning: ${line}`, behind)),
    ],
  };
};
