import type { ContainerRegistryClient } from '@azure/container-registry';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { RegistryError } from '../error.ts';
import { parseStrictly } from '../json.ts';
import { limits } from '../limits.ts';

/** The answer to a GET, with origin and size already checked. */
interface ListingAnswer {
  readonly contentType: string;
  readonly link: string | undefined;
  readonly bytes: Buffer;
}

/** Sends a GET to the registry itself, within our limits. */
export type Ask = (path: string, scope: string) => Promise<ListingAnswer>;

/**
 * The official client for one listing. It knows the paths, paging and types of the ACR extension. Our transport decides
 * on hosts, credentials and retries, so the client never has a credential and never opens a connection. It is loaded
 * at first use.
 */
export const officialClient = async (
  base: URL,
  scope: string,
  key: 'repositories' | 'manifests',
  ask: Ask,
): Promise<ContainerRegistryClient> => {
  const [{ ContainerRegistryClient }, { createHttpHeaders }] = await Promise.all([
    import('@azure/container-registry'),
    import('@azure/core-rest-pipeline'),
  ]);
  const visited = new Set<string>();
  let listing: string | undefined;
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      const url = new URL(request.url);
      const path = url.pathname + url.search;
      listing ??= url.pathname;
      if (url.origin !== base.origin || url.pathname !== listing || request.method !== 'GET')
        throw new RegistryError('bad-answer', 'a next page of something else');
      if (visited.has(path) || visited.size === limits.pages)
        throw new RegistryError('bad-answer', 'a listing without end');
      visited.add(path);
      const { contentType, link, bytes } = await ask(path, scope);
      // The client accepts any value as a list of one item, so check the type here.
      const document = parseStrictly(bytes, 'bad-answer') as Record<string, unknown> | null;
      if (!Array.isArray(document?.[key] ?? [])) throw new RegistryError('bad-answer', `${key} is not a list`);
      return {
        request,
        status: 200,
        headers: createHttpHeaders({ 'content-type': contentType, ...(link !== undefined && { link }) }),
        bodyAsText: bytes.toString(),
      };
    },
  };
  return new ContainerRegistryClient(base.href, { httpClient, retryOptions: { maxRetries: 0 } });
};

/** Converts errors that the client throws on a malformed answer. */
export async function* withRegistryErrors<Item>(listing: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* listing;
  } catch (error) {
    throw error instanceof RegistryError
      ? error
      : new RegistryError('bad-answer', 'a listing that cannot be read', { cause: error });
  }
}
