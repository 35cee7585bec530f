import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Blobs } from './blobs.ts';
import { RegistryFailure } from './failure.ts';
import type { Manifests } from './manifests.ts';
import { pageOf } from './paging.ts';
import { routeOf, type RegistryRoute } from './routes.ts';
import type { Storage } from './storage.ts';

export interface RequestContext {
  readonly storage: Storage;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Located = RequestContext & RegistryRoute & { readonly url: URL };

/** All operations by method and route. HEAD is GET without the body. */
const operations: Readonly<Record<string, (context: Located) => FastifyReply | Promise<FastifyReply>>> = {
  'GET base': ({ reply }) => reply.send({}),
  'GET catalog': async (context) =>
    paged(context, await context.storage.repositories(), (repositories) => ({ repositories })),
  'GET tags': async (context) => {
    const { storage, repository } = context;
    if (!(await storage.has(repository)))
      throw new RegistryFailure('NAME_UNKNOWN', 'repository name not known to registry');
    return paged(context, await storage.tags(repository), (tags) => ({ name: repository, tags }));
  },
  'GET manifest': ({ manifests, repository, reference, request, reply }) =>
    manifests.get(repository, reference, request, reply),
  'PUT manifest': ({ manifests, repository, reference, request, reply }) =>
    manifests.put(repository, reference, request, reply),
  'DELETE manifest': ({ manifests, repository, reference, request, reply }) =>
    manifests.remove(repository, reference, request, reply),
  'GET blob': ({ blobs, repository, reference, request, reply }) => blobs.get(repository, reference, request, reply),
  'DELETE blob': ({ blobs, repository, reference, reply }) => blobs.remove(repository, reference, reply),
  'POST uploads': ({ blobs, repository, url, request, reply }) =>
    blobs.begin(repository, url.searchParams, request, reply),
  'GET upload': ({ blobs, repository, reference, reply }) => blobs.status(repository, reference, reply),
  'PATCH upload': ({ blobs, repository, reference, request, reply }) =>
    blobs.append(repository, reference, request, reply),
  'PUT upload': ({ blobs, repository, reference, url, request, reply }) =>
    blobs.finish(repository, reference, url.searchParams, request, reply),
  'DELETE upload': ({ blobs, repository, reference, reply }) => blobs.cancel(repository, reference, reply),
};

export const answerTo = async (context: RequestContext): Promise<FastifyReply> => {
  const { request, reply } = context;
  const url = new URL(request.raw.url ?? '/', 'http://registry.invalid');
  const route = routeOf(url.pathname);
  if (!route) {
    reply.callNotFound();
    return reply;
  }
  const operation = operations[`${request.method === 'HEAD' ? 'GET' : request.method} ${route.to}`];
  if (!operation) throw new RegistryFailure('UNSUPPORTED', 'the operation is unsupported');
  return operation({ ...context, ...route, url });
};

const paged = (
  { url, reply }: Located,
  all: readonly string[],
  body: (names: readonly string[]) => object,
): FastifyReply => {
  const { names, link } = pageOf(all, url.pathname, url.searchParams);
  if (link !== undefined) reply.header('link', link);
  return reply.send(body(names));
};
