import { badRequest, type ArmError } from '@assay/arm';
import { callerOf, queryOf, schema, type ArmRequest, type Parameters } from '@assay/http';
import { narrowed, prefixOf, readableBy } from '@assay/read-model/store/readable';

/** Entries of a page without `top`, and at most. */
const [defaultTop, mostTop] = [100, 1_000];
/** More matches no name. */
const longestText = 2_000;

const dayMs = 24 * 60 * 60_000;

/** Days of UTC, the last one included. */
export interface Days {
  /** Beginning of the first day, ms since the epoch. */
  readonly from: number;
  /** End of the last day. */
  readonly until: number;
}

const invalid = (target: string, message: string): ArmError => badRequest('InvalidRequestContent', message, { target });

/**
 * The answer to a parameter that is not as it must be. It has the code of ARM for a request that cannot be read, as
 * bodies have, and names the parameter as its target.
 */
export const refused = (name: string, must: string, given: string): ArmError =>
  invalid(name, `'${name}' must be ${must}, not '${given.slice(0, 100)}'.`);

/**
 * A text in the query.
 * @returns undefined without the parameter, or if it is empty
 * @throws ArmError 400 if it is too long
 */
export const textIn = (request: ArmRequest, name: string): string | undefined => {
  const given = queryOf(request, name);
  if (given === undefined || given === '') return undefined;
  if (given.length > longestText) throw refused(name, `at most ${longestText} characters`, given);
  return given;
};

/**
 * A word in the query; case does not count.
 * @throws ArmError 400 that names the allowed words
 */
export const oneIn = <Word extends string>(
  request: ArmRequest,
  name: string,
  allowed: readonly Word[],
): Word | undefined => {
  const given = queryOf(request, name);
  if (given === undefined) return undefined;
  const found = allowed.find((word) => word.toLowerCase() === given.toLowerCase());
  if (found === undefined) throw refused(name, `one of ${allowed.join(', ')}`, given);
  return found;
};

/** Several words with commas between. */
export const wordsIn = (request: ArmRequest, name: string): readonly string[] | undefined => {
  const words = textIn(request, name)
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words?.length ? words : undefined;
};

/**
 * Several of the allowed words with commas between; case does not count.
 * @throws ArmError 400 that names the allowed words
 */
export const someIn = <Word extends string>(
  request: ArmRequest,
  name: string,
  allowed: readonly Word[],
): readonly Word[] | undefined => {
  if (queryOf(request, name) === undefined) return undefined;
  return (wordsIn(request, name) ?? ['']).map((given) => {
    const found = allowed.find((word) => word.toLowerCase() === given.toLowerCase());
    if (found === undefined) throw refused(name, `some of ${allowed.join(', ')}, with commas between`, given);
    return found;
  });
};

/** @throws ArmError 400 */
export const flagIn = (request: ArmRequest, name: string): boolean | undefined => {
  const given = oneIn(request, name, ['true', 'false']);
  return given === undefined ? undefined : given === 'true';
};

const numberPattern = /^[1-9]\d{0,5}$/;

/**
 * The number of entries that a caller wants in a page.
 * @param usual the number without the parameter
 * @throws ArmError 400
 */
export const topIn = (request: ArmRequest, usual = defaultTop, most = mostTop): number => {
  const given = queryOf(request, 'top');
  if (given === undefined) return usual;
  const top = numberPattern.test(given) ? Number(given) : Infinity;
  if (top > most) throw refused('top', `a number from 1 to ${most}`, given);
  return top;
};

/** Prefixes of the keys of the registries that the caller may read, in the `subscription` of the query, if given. */
export const readableIn = (request: ArmRequest): readonly string[] => {
  const readable = readableBy(callerOf(request));
  const subscriptionId = queryOf(request, 'subscription');
  return subscriptionId === undefined
    ? readable
    : narrowed([prefixOf({ kind: 'subscription', subscriptionId })], readable);
};

const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A day of UTC in the query, as ms since the epoch.
 * @throws ArmError 400
 */
export const dayIn = (request: ArmRequest, name: string): number | undefined => {
  const given = queryOf(request, name);
  if (given === undefined) return undefined;
  const ms = dayPattern.test(given) ? Date.parse(`${given}T00:00:00.000Z`) : Number.NaN;
  // A date parser takes 31 February for 3 March.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== given || ms < 0)
    throw refused(name, 'an existing day of UTC, such as 2026-11-24', given);
  return ms;
};

/**
 * The days from `from` to `to`. Without them, the last ones until today. Days that did not begin yet are left out.
 * @param now the time up to which all is known, ms since the epoch
 * @param usual number of days if `from` is not given
 * @param most number of days at most
 * @throws ArmError 400
 */
export const daysIn = (request: ArmRequest, now: number, usual: number, most: number): Days => {
  const today = Math.floor(now / dayMs) * dayMs;
  const last = dayIn(request, 'to') ?? today;
  const known = Math.min(last, today);
  const first = dayIn(request, 'from') ?? Math.max(0, known - (usual - 1) * dayMs);
  if (first > last) throw invalid('from', 'from is a day after to.');
  if (last - first >= most * dayMs) throw invalid('from', `There are at most ${most} days from from to to.`);
  return { from: first, until: Math.max(first, known + dayMs) };
};

const day = { type: 'string', pattern: dayPattern.source };

export const describedTop = (usual = defaultTop, most = mostTop): Parameters => ({
  top: {
    description: `Number of entries in a page: ${usual} without it, at most ${most}.`,
    schema: { type: 'integer', minimum: 1, maximum: most },
  },
});
export const describedDays = (usual: number, most: number): Parameters => ({
  from: { description: `First day, UTC; ${usual} days until \`to\` without it, at most ${most}.`, schema: day },
  to: { description: 'Last day, UTC; today without it.', schema: day },
});
export const describedDay: Parameters['day'] = { description: 'Day of UTC, such as 2026-11-24.', schema: day };
export const describedRegistry: Parameters = {
  registry: { description: 'Only this registry: its ARM id, or its host.', schema: schema.text },
};
