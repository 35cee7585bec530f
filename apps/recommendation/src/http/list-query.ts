import { badRequest, type ArmError } from '@assay/arm';
import { severities, type Severity } from '@assay/events';
import {
  callerOf,
  defaultTop,
  mostTop,
  queryOf,
  schema,
  type ArmRequest,
  type Paging,
  type Parameters,
  type Schema,
} from '@assay/http';
import type { FindingConditions } from '@assay/read-model/store/finding-filter';
import type { KeyValue } from '@assay/read-model/store/keyset';
import type { PlaceFilter } from '@assay/read-model/store/place-filter';
import { narrowed, prefixOf, readableBy } from '@assay/read-model/store/readable';

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

const day = { type: 'string', format: 'date', pattern: '^(19[7-9]|2\\d\\d)\\d-\\d{2}-\\d{2}$' };

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

/** Written in lower case, as addresses are. */
const severityNames = severities.map((severity) => severity.toLowerCase());

export const severityIn = (request: ArmRequest): Severity | undefined => {
  const name = oneIn(request, 'severity', severityNames);
  return severities.find((severity) => severity.toLowerCase() === name);
};

/** The findings that a request asks about. */
export const findingsIn = (request: ArmRequest): FindingConditions => {
  const state = oneIn(request, 'state', ['active', 'exempt', 'all']) ?? 'active';
  return {
    severity: severityIn(request),
    fixable: flagIn(request, 'fixable'),
    state: state === 'all' ? undefined : state,
  };
};

/** A list sorted by one of its columns. */
export interface SortBy<By extends string> {
  readonly by: By;
  readonly descending: boolean;
}

/** A minus sign in front turns the order round. */
export const sortIn = <By extends string>(request: ArmRequest, allowed: readonly By[]): SortBy<By> | undefined => {
  const given = textIn(request, 'sort');
  if (given === undefined) return undefined;
  const by = allowed.find((name) => name.toLowerCase() === given.replace(/^-/, '').toLowerCase());
  if (by === undefined)
    throw refused('sort', `one of ${allowed.join(', ')}, with - in front for the other order`, given);
  return { by, descending: given.startsWith('-') };
};

interface SortedPosition {
  readonly sort: string;
  readonly at: readonly KeyValue[];
}

const orderOf = (request: ArmRequest): string => textIn(request, 'sort')?.toLowerCase() ?? '';

/**
 * The position of a page of a sorted list.
 * @throws ArmError 400 for a token of the list in another order
 */
export const positionAfter = (paging: Paging, request: ArmRequest): readonly KeyValue[] | undefined => {
  const position = paging.position<SortedPosition>(request);
  if (position === undefined) return undefined;
  if (position.sort !== orderOf(request))
    throw badRequest('InvalidSkipToken', 'The $skipToken was issued by this list in another order.', {
      target: '$skipToken',
    });
  return position.at;
};

/** The link to the rows of a sorted list behind a position. */
export const linkAfter = (paging: Paging, request: ArmRequest, at: readonly KeyValue[]): string =>
  paging.nextLink(request, { sort: orderOf(request), at } satisfies SortedPosition);

/** The placements that a request asks about and its caller may read. */
export const placesIn = (request: ArmRequest): PlaceFilter => ({
  prefixes: readableBy(callerOf(request)),
  subscriptionId: textIn(request, 'subscription'),
  registry: textIn(request, 'registry'),
  repository: textIn(request, 'repository'),
});

const { count, flag, link, list, oneOf, record, text } = schema;

/** Parameters of lists, for the document of the API. */
export const listQuery = {
  place: {
    subscription: { description: 'Only images in this subscription.', schema: text },
    registry: { description: 'Only this registry: its id, login server or name.', schema: text },
    repository: { description: 'Only this repository; `*` stands for any text.', schema: text },
  },
  severity: {
    severity: { description: 'Only findings of at least this severity.', schema: oneOf(...severityNames) },
  },
  fixable: { fixable: { description: 'Only findings with a fix (`true`), or without (`false`).', schema: flag } },
  state: {
    state: {
      description:
        'Only findings that count (`active`, also without it), or that a rule disables (`exempt`), or `all`.',
      schema: oneOf('active', 'exempt', 'all'),
    },
  },
  format: {
    format: { description: '`csv`: all rows as CSV, as for `Accept: text/csv`.', schema: oneOf('csv', 'json') },
  },
  q: (of: string) => ({ q: { description: `Only rows with this text in ${of}; case does not count.`, schema: text } }),
  sort: (...by: readonly string[]) => ({
    sort: {
      description: 'The column to sort by, with `-` in front from the highest to the lowest.',
      schema: oneOf(...by.flatMap((name) => [name, `-${name}`])),
    },
  }),
} as const satisfies Record<string, Parameters | ((...values: readonly string[]) => Parameters)>;

/** Several of these values with commas between. */
export const someOf = (...values: readonly string[]): Schema => ({
  type: 'string',
  pattern: `^(${values.join('|')})(,(${values.join('|')}))*$`,
});

/** A page of a list with the number of all its rows, and further numbers. */
export const totalled = (items: Schema, numbers: Readonly<Record<string, Schema>> = {}): Schema =>
  record({
    value: list(items),
    total: { ...count, description: 'Rows of all pages.' },
    ...numbers,
    'nextLink?': { ...link, description: 'The next page; absent on the last page.' },
  });

/** Numbers beside a list about findings, since the list alone would claim that there are no others. */
export const describedBeside = {
  unknownImages: {
    ...count,
    description:
      'Images of these places without a final result. Their last known findings are counted, and there may be others.',
  },
  untaggedImages: {
    ...count,
    description: 'Images of these places that lost their tags and do not run. Their findings are left out.',
  },
} satisfies Readonly<Record<string, Schema>>;

/** The header of answers in several formats. */
export const varying: Parameters = {
  Vary: { description: '`Accept`, and `accept-encoding`', schema: text, required: true },
};
