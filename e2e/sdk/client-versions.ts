import { readFileSync } from 'node:fs';

const json = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;

/** A client of Azure, and the versions that it sends to each path that Assay has. */
export interface AzureClient {
  /** From where it was read: packages of PyPI, modules of Go, or a text. */
  readonly packages?: readonly string[];
  readonly modules?: readonly string[];
  readonly source?: string;
  readonly sends: Readonly<Record<string, readonly string[]>>;
}

export const clients = json<Readonly<Record<string, AzureClient>>>('client-versions.json');

interface Operation {
  readonly parameters?: readonly { readonly name?: string; readonly schema?: { readonly enum?: readonly string[] } }[];
}

/** A scope is any resource: its routes have the same versions as those of a subscription. */
const plain = (path: string): string =>
  path
    .replace(/^\/\{(scope|scopeId|resourceId)\}/, '/subscriptions/{}')
    .replaceAll(/\{\w+\}/g, '{}')
    .toLowerCase();

const routes = new Map(
  Object.entries(
    json<{ readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }>('../../docs/openapi.json')
      .paths,
  ).map(([path, methods]) => [
    plain(path),
    (methods['get'] ?? methods['post'])?.parameters?.find(({ name }) => name === 'api-version')?.schema?.enum,
  ]),
);

/** The versions of a route that Assay knows, from the oldest on; undefined if it has no such route. */
export const knownAt = (path: string): readonly string[] | undefined => routes.get(plain(path));

/** The versions that were found at each path, without those of paths that Assay does not have. */
export const sendsOf = (found: Iterable<readonly [path: string, version: string]>): AzureClient['sends'] => {
  const sends: Record<string, string[]> = {};
  for (const [path, version] of found)
    if (knownAt(path) && !sends[path]?.includes(version)) (sends[path] ??= []).push(version);
  return Object.fromEntries(Object.entries(sends).map(([path, versions]) => [path, versions.toSorted()]));
};
