import { isSubscriptionId } from '@assay/arm';
import type { Facet } from '@assay/kusto';
import { invalidOptions, refused } from './failure.ts';

export interface GraphRequest {
  readonly query: string;
  readonly subscriptions: readonly string[] | undefined;
  readonly managementGroups: readonly string[] | undefined;
  readonly top: number;
  readonly skip: number | undefined;
  readonly skipToken: string | undefined;
  readonly isTable: boolean;
  readonly facets: readonly Facet[];
}

type Bag = Readonly<Record<string, unknown>>;

const mostRows = 1000;
const mostSubscriptions = 10_000;
const mostFacets = 10;
const filters = ['AtScopeAndBelow', 'AtScopeAndAbove', 'AtScopeAboveAndBelow', 'AtScopeExact'];

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);

const bag = (value: unknown, name: string): Bag => {
  if (value === undefined || value === null) return {};
  if (isBag(value)) return value;
  throw invalidOptions(`${name} must be an object.`);
};

const integer = (value: unknown, name: string, least: number, most: number): number | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidOptions(`${name} must be a whole number from ${least} to ${most}.`);
};

const text = (value: unknown, name: string): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw invalidOptions(`${name} must be a text.`);
};

const texts = (value: unknown, name: string): readonly string[] | undefined => {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return value.length === 0 ? undefined : value;
  throw invalidOptions(`${name} must be a list of texts.`);
};

const facet = (value: unknown): Facet => {
  if (!isBag(value)) throw invalidOptions('A facet must be an object.');
  const options = bag(value.options, 'options of a facet');
  const expression = text(value.expression, 'expression');
  if (expression === undefined || expression.trim() === '') throw invalidOptions('A facet needs an expression.');
  const sortOrder = (text(options.sortOrder, 'sortOrder') ?? 'desc').toLowerCase();
  if (sortOrder !== 'asc' && sortOrder !== 'desc') throw invalidOptions("sortOrder must be 'asc' or 'desc'.");
  return {
    expression,
    sortOrder,
    top: integer(options.$top, '$top', 1, mostRows) ?? mostRows,
    filter: text(options.filter, 'filter'),
    sortBy: text(options.sortBy, 'sortBy'),
  };
};

const formats: Readonly<Record<string, boolean>> = { table: true, objectarray: false };

const isTable = (format: string | undefined, version: string): boolean => {
  if (format === undefined) return version < '2021';
  const found = formats[format.toLowerCase()];
  if (found === undefined) throw invalidOptions("resultFormat must be 'table' or 'objectArray'.");
  return found;
};

/**
 * The only version in which a query names one management group, in a separate member: azure-rest-api-specs,
 * Microsoft.ResourceGraph/preview.
 */
export const previewOf2020 = '2020-04-01-preview';

const groupsOf = (body: Bag, version: string): readonly string[] | undefined => {
  if (version !== previewOf2020) return texts(body.managementGroups, 'managementGroups');
  const group = text(body.managementGroupId, 'managementGroupId');
  return group === undefined ? undefined : [group];
};

const scopes = (body: Bag, version: string): Pick<GraphRequest, 'subscriptions' | 'managementGroups'> => {
  const subscriptions = texts(body.subscriptions, 'subscriptions')?.map((id) => id.toLowerCase());
  const managementGroups = groupsOf(body, version);
  if (subscriptions && managementGroups) throw invalidOptions('Give subscriptions or managementGroups, not both.');
  const wrong = subscriptions?.find((id) => !isSubscriptionId(id));
  if (wrong !== undefined) throw invalidOptions(`The subscription identifier '${wrong}' is malformed.`);
  if (subscriptions && subscriptions.length > mostSubscriptions)
    throw invalidOptions(`At most ${mostSubscriptions} subscriptions may be given.`);
  return { subscriptions, managementGroups };
};

/** Validates the body of a request; other members are ignored. */
export const graphRequest = (body: unknown, version: string): GraphRequest => {
  if (!isBag(body))
    throw refused([{ code: 'InvalidQuery', message: 'A query is expected.' }], 'The request has no body with a query.');
  const { query, facets = [] } = body;
  if (typeof query !== 'string' || query.trim() === '')
    throw refused([{ code: 'InvalidQuery', message: 'A query is expected.' }], 'The query is missing or empty.');
  const options = bag(body.options, 'options');
  const filter = text(options.authorizationScopeFilter, 'authorizationScopeFilter');
  if (filter !== undefined && !filters.some((one) => one.toLowerCase() === filter.toLowerCase()))
    throw invalidOptions(`authorizationScopeFilter must be one of ${filters.join(', ')}.`);
  if (facets !== null && !Array.isArray(facets)) throw invalidOptions('facets must be a list.');
  if (((facets as unknown[] | null) ?? []).length > mostFacets)
    throw invalidOptions(`At most ${mostFacets} facets may be asked for.`);
  return {
    query,
    ...scopes(body, version.toLowerCase()),
    top: integer(options.$top, '$top', 1, mostRows) ?? mostRows,
    skip: integer(options.$skip, '$skip', 0, 2 ** 31),
    skipToken: text(options.$skipToken, '$skipToken') || undefined,
    isTable: isTable(text(options.resultFormat, 'resultFormat'), version),
    facets: ((facets as unknown[] | null) ?? []).map(facet),
  };
};
