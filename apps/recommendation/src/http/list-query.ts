import { badRequest, type ArmError } from '@assay/arm';
import { severities, type Severity } from '@assay/events';
import { callerOf, queryOf, schema, type ArmRequest, type Paging, type Parameters, type Schema } from '@assay/http';
import type { FindingConditions } from '../read-model/finding-filter.ts';
import type { KeyValue } from '../read-model/keyset.ts';
import type { PlaceFilter } from '../read-model/place-filter.ts';
import { readableBy } from '../read-model/readable.ts';

/** More would be too much for one answer. */
const mostRows = 1_000;
/** More matches no name. */
const longestText = 2_000;

const refused = (name: string, must: string, given: string): ArmError =>
  badRequest('InvalidQueryParameter', `'${name}' must be ${must}, not '${given.slice(0, 100)}'.`, { target: name });

/** @returns undefined without the parameter, or if it is empty */
export const textIn = (request: ArmRequest, name: string): string | undefined => {
  const given = queryOf(request, name);
  if (given === undefined || given === '') return undefined;
  if (given.length > longestText) throw refused(name, `at most ${longestText} characters`, given);
  return given;
};

/** @throws ArmError 400 that names the allowed values; case does not count */
export const oneIn = <Value extends string>(
  request: ArmRequest,
  name: string,
  allowed: readonly Value[],
): Value | undefined => {
  const given = queryOf(request, name);
  if (given === undefined) return undefined;
  const found = allowed.find((value) => value.toLowerCase() === given.toLowerCase());
  if (found === undefined) throw refused(name, `one of ${allowed.join(', ')}`, given);
  return found;
};

/** Several values with commas between. */
export const someIn = <Value extends string>(
  request: ArmRequest,
  name: string,
  allowed: readonly Value[],
): readonly Value[] | undefined => {
  if (queryOf(request, name) === undefined) return undefined;
  return (wordsIn(request, name) ?? ['']).map((word) => {
    const found = allowed.find((value) => value.toLowerCase() === word.toLowerCase());
    if (found === undefined) throw refused(name, `some of ${allowed.join(', ')}, with commas between`, word);
    return found;
  });
};

/** Several words with commas between. */
export const wordsIn = (request: ArmRequest, name: string): readonly string[] | undefined => {
  const words = textIn(request, name)
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words?.length ? words : undefined;
};

export const flagIn = (request: ArmRequest, name: string): boolean | undefined => {
  const given = oneIn(request, name, ['true', 'false']);
  return given === undefined ? undefined : given === 'true';
};

/** Written in lower case, as addresses are. */
const severityNames = severities.map((severity) => severity.toLowerCase());

export const severityIn = (request: ArmRequest): Severity | undefined => {
  const name = oneIn(request, 'severity', severityNames);
  return severities.find((severity) => severity.toLowerCase() === name);
};

/** @param usual the size without the parameter */
export const topIn = (request: ArmRequest, usual: number): number => {
  const given = textIn(request, 'top');
  if (given === undefined) return usual;
  const top = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (top < 1 || top > mostRows) throw refused('top', `a number from 1 to ${mostRows}`, given);
  return top;
};

/** The findings that a request asks about. */
export const findingsIn = (request: ArmRequest): FindingConditions => {
  const state = oneIn(request, 'state', ['active', 'exempt', 'all']);
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
      description: 'Only findings that count (`active`), or that a rule disables (`exempt`); `all` without it.',
      schema: oneOf('active', 'exempt', 'all'),
    },
  },
  top: {
    top: { description: 'Rows of a page.', schema: { type: 'integer', minimum: 1, maximum: mostRows, default: 100 } },
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

/** The header of answers in several formats. */
export const varying: Parameters = {
  Vary: { description: '`Accept`, and `accept-encoding`', schema: text, required: true },
};
