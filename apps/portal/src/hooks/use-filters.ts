import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { hidingIn, queryOf, searchWith, valuesIn, type Filter, type ValuesOf } from './filters.ts';

export interface Filters<Schema> {
  readonly values: ValuesOf<Schema>;
  /** The values that are set, as parameters of the API. */
  readonly query: Readonly<Record<string, string>>;
  /** The filters that hide rows now. */
  readonly hiding: readonly { readonly name: string; readonly value: string }[];
  /** Changes values. A new entry of the history, unless a text is being typed. */
  set(patch: Partial<ValuesOf<Schema>>, how?: { readonly replace?: boolean }): void;
  /** Removes one filter, or all that hide rows. */
  clear(name?: string): void;
  /** The address of this page with some values changed. */
  href(patch: Partial<ValuesOf<Schema>>): string;
}

/**
 * The state of a list, which is the address and nothing else: a reload, Back and a shared link show the same rows.
 * @param schema made outside of the component
 */
export const useFilters = <Schema extends Readonly<Record<string, Filter<any>>>>(schema: Schema): Filters<Schema> => {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const values = useMemo(() => valuesIn(schema, search), [schema, search]);
  const href = useCallback(
    (patch: Partial<ValuesOf<Schema>>) => {
      const next = searchWith(schema, search, patch);
      return next === '' ? path : `${path}?${next}`;
    },
    [schema, search, path],
  );
  const hiding = useMemo(() => hidingIn(schema, values), [schema, values]);
  return {
    values,
    query: useMemo(() => queryOf(schema, values), [schema, values]),
    hiding,
    set: (patch, { replace = false } = {}) => navigate(href(patch), { replace }),
    clear: (only) =>
      navigate(
        href(
          Object.fromEntries(
            hiding.flatMap(({ name }) =>
              only === undefined || only === name ? [[name, schema[name]?.fallback as unknown]] : [],
            ),
          ) as Partial<ValuesOf<Schema>>,
        ),
      ),
    href,
  };
};
