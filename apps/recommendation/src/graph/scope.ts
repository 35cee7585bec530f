import { callerOf, type ArmRequest, type Operation } from '@assay/arm';
import type { Shape } from '../read-model/azure.ts';
import type { Query } from '../read-model/duckdb.ts';
import { narrowed, readableBy } from '../read-model/readable.ts';

/** What of all that is known a query may see. */
export interface GraphScope {
  /** What keys begin with of which the caller may read findings, within what was asked for. */
  readonly prefixes: readonly string[];
  /** The same of plans. */
  readonly plans: readonly string[];
  /** Subscriptions that he may read something of. */
  readonly subscriptions: readonly string[];
}

const isBelow = (key: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => key.startsWith(prefix));

/** Whether all of a resource lies within one of the prefixes. */
export const isWithin = (id: string, prefixes: readonly string[]): boolean => isBelow(`${id.toLowerCase()}/`, prefixes);

/** Every subscription of which something was observed, switched or pushed. */
const knownSubscriptions =
  'select subscription_id as id from registries where not removed union select subscription_id from images union select subscription_id from plans order by id';

/** What lies within the given subscriptions, or within all, of what the caller may read. */
export const scopeIn = async (
  query: Query,
  request: ArmRequest,
  wanted: readonly string[] | undefined,
): Promise<GraphScope> => {
  const asked = wanted ? wanted.map((id) => `/subscriptions/${id}/`) : [''];
  const of = (operation: Operation): readonly string[] => narrowed(asked, readableBy(callerOf(request), operation));
  const [prefixes, plans] = [of('findings/read'), of('plans/read')];
  const known = (await query<{ id: string }>(knownSubscriptions)).map(({ id }) => id);
  return {
    prefixes,
    plans,
    subscriptions: known.filter((id) =>
      [...prefixes, ...plans].some(
        (prefix) => prefix.startsWith(`/subscriptions/${id}/`) || `/subscriptions/${id}/`.startsWith(prefix),
      ),
    ),
  };
};

/** The parameter that names the registries whose findings are read in a shape. */
export const registriesOf = (shape: Shape): string => `registries_${shape}`;

/**
 * The condition that a table of findings carries in itself: nothing outside of the caller's registries is ever a row.
 */
export const ofScope = (shape: Shape): string =>
  `registry_key in (select unnest(from_json($${registriesOf(shape)}, '["varchar"]')))`;

/** The registries of a scope, by the shapes in which they are shown. */
export const registriesIn = async (
  query: Query,
  { prefixes }: GraphScope,
  shape: Shape,
  shapesOf: (subscriptionId: string) => readonly Shape[],
): Promise<readonly string[]> => {
  const keys = await query<{ key: string; subscription: string }>(
    'select distinct registry_key as key, subscription_id as subscription from images where findings > 0',
  );
  return keys
    .filter(({ key, subscription }) => isBelow(key, prefixes) && shapesOf(subscription).includes(shape))
    .map(({ key }) => key)
    .toSorted();
};
