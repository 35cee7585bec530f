import { formatScope, type Scope } from '@assay/arm';
import type { Caller, Operation } from '@assay/http';
import type { DuckDBValue } from '@duckdb/node-api';

/** Prefix of the registry keys in a scope. */
export const prefixOf = (scope: Scope): string =>
  scope.kind === 'management-group' ? '' : `${formatScope(scope).toLowerCase()}/`;

/**
 * Prefixes of the keys of registries that a caller may read; one empty text for all registries. No prefix begins with
 * another.
 */
export const readableBy = (caller: Caller, operation: Operation = 'findings/read'): readonly string[] => {
  const scopes = caller.scopesOf(operation);
  return scopes === 'everything' ? [''] : scopes.map(prefixOf);
};

/** Prefixes that lie below a prefix of each list. */
export const narrowed = (requested: readonly string[], readable: readonly string[]): readonly string[] =>
  requested.flatMap((one) =>
    readable.flatMap((other) => (other.startsWith(one) ? [other] : one.startsWith(other) ? [one] : [])),
  );

/** A condition that a key begins with one of the prefixes, and its values. */
export const below = (
  key: string,
  prefixes: readonly string[],
): { readonly where: string; readonly values: Readonly<Record<string, DuckDBValue>> } => ({
  where: prefixes.includes('')
    ? 'true'
    : `(${prefixes.map((_, at) => `starts_with(${key}, $readable${at})`).join(' or ') || 'false'})`,
  values: prefixes.includes('') ? {} : Object.fromEntries(prefixes.map((prefix, at) => [`readable${at}`, prefix])),
});
