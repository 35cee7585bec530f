import { callerOf, type ArmRequest, type Operation, type SubscriptionNames } from '@assay/http';
import type { AzureShape } from '@assay/read-model/placement/azure';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { narrowed, readableBy } from '@assay/read-model/store/readable';

/** The part of the read model that a query may see. */
export interface GraphScope {
  /** Prefixes of the keys of which the caller may read findings, within the request. */
  readonly prefixes: readonly string[];
  /** The same for plans. */
  readonly plans: readonly string[];
  /** Subscriptions of which the caller may read something. */
  readonly subscriptions: readonly string[];
}

const isBelow = (key: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => key.startsWith(prefix));

/** Whether a whole resource lies within one of the prefixes. */
export const isWithin = (id: string, prefixes: readonly string[]): boolean => isBelow(`${id.toLowerCase()}/`, prefixes);

/** Every subscription that is listed, or has a registry, a plan or an image. */
const knownSubscriptions =
  'select subscription_id as id from registries where not removed union select subscription_id from images ' +
  'union select subscription_id from plans union select subscription_id from subscriptions where not removed';

/**
 * The requested subscriptions, or all, as far as the caller may read them.
 * @param configured subscriptions that are known without any data of them
 */
export const scopeIn = async (
  query: RunQuery,
  request: ArmRequest,
  configured: SubscriptionNames,
  wanted?: readonly string[],
): Promise<GraphScope> => {
  const requested = wanted ? wanted.map((id) => `/subscriptions/${id}/`) : [''];
  const of = (operation: Operation): readonly string[] => narrowed(requested, readableBy(callerOf(request), operation));
  const [prefixes, plans] = [of('findings/read'), of('plans/read')];
  const found = (await query<{ id: string }>(knownSubscriptions)).map(({ id }) => id);
  const known = [...new Set([...found, ...Object.keys(configured)])].toSorted();
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

/** The parameter with the registries whose findings are read in a shape. */
export const registriesOf = (shape: AzureShape): string => `registries_${shape}`;

/** The condition in each table of findings: a row outside the caller's registries is never read. */
export const ofScope = (shape: AzureShape): string =>
  `registry_key in (select unnest(from_json($${registriesOf(shape)}, '["varchar"]')))`;

/** The registries of a scope that are shown in a shape. */
export const registriesIn = async (
  query: RunQuery,
  { prefixes }: GraphScope,
  shape: AzureShape,
  shapesOf: (subscriptionId: string) => readonly AzureShape[],
): Promise<readonly string[]> => {
  const keys = await query<{ key: string; subscription: string }>(
    'select distinct registry_key as key, subscription_id as subscription from images where findings > 0',
  );
  return keys
    .filter(({ key, subscription }) => isBelow(key, prefixes) && shapesOf(subscription).includes(shape))
    .map(({ key }) => key)
    .toSorted();
};
