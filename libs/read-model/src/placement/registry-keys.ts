import type { RunQuery } from '../store/duckdb.ts';

/** Ends with a slash, so that keys sort like the ids below them and a scope is a prefix. */
export const registryKeyOf = (registryId: string): string => `${registryId.toLowerCase()}/`;

/**
 * Keys of the registries that a caller names by an ARM id or by a host. Empty if none is known by that host.
 * @param named as the caller wrote it
 */
export const registryKeysOf = async (query: RunQuery, named: string): Promise<readonly string[]> => {
  if (named.startsWith('/')) return [registryKeyOf(named.replace(/\/+$/, ''))];
  const rows = await query<{ registry_key: string }>(
    `select registry_key from images where lower(login_server) = $host
    union select registry_key from registries where lower(data ->> '$.loginServer') = $host`,
    { host: named.toLowerCase() },
  );
  return rows.map(({ registry_key: key }) => key);
};

/** The ids and hosts of registries by their keys, as the images and the configuration name them. */
export const registriesByKey = async (
  query: RunQuery,
): Promise<ReadonlyMap<string, { readonly registryId: string; readonly registry: string }>> => {
  const rows = await query<{ registry_key: string; registry_id: string; login_server: string }>(
    `select registry_key, any_value(registry_id) as registry_id, any_value(login_server) as login_server
    from (select registry_key, registry_id, login_server from images
      union all select registry_key, registry_id, data ->> '$.loginServer' from registries)
    group by registry_key`,
  );
  return new Map(
    rows.map(({ registry_key: key, registry_id: registryId, login_server: registry }) => [
      key,
      { registryId, registry },
    ]),
  );
};
