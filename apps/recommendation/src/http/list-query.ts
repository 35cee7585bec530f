import { badRequest } from '@assay/arm';
import { severities, type Severity } from '@assay/events';
import { callerOf, schema, type ArmRequest, type Paging, type Parameters, type Schema } from '@assay/http';
import type { FindingConditions } from '@assay/read-model/store/finding-filter';
import type { KeyValue } from '@assay/read-model/store/keyset';
import type { PlaceFilter } from '@assay/read-model/store/place-filter';
import { readableBy } from '@assay/read-model/store/readable';
import { flagIn, oneIn, refused, textIn } from './parameters.ts';

/** Written in lower case, as addresses are. */
const severityNames = severities.map((severity) => severity.toLowerCase());

export const severityIn = (request: ArmRequest): Severity | undefined => {
  const name = oneIn(request, 'severity', severityNames);
  return severities.find((severity) => severity.toLowerCase() === name);
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
