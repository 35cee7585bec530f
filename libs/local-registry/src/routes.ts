import { Failure } from './failure.ts';
import { isDigest, isRepository, isTag } from './names.ts';

export type Route =
  | { readonly to: 'base' | 'catalog' }
  | { readonly to: 'tags'; readonly repository: string }
  | { readonly to: 'blob' | 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly to: 'uploads'; readonly repository: string }
  | { readonly to: 'upload'; readonly repository: string; readonly id: string };

/** Repositories may hold slashes, so a path is read from its end. */
const shapes: readonly { pattern: RegExp; route: (repository: string, rest: string) => Route }[] = [
  { pattern: /^(.+)\/tags\/list$/, route: (repository) => ({ to: 'tags', repository }) },
  { pattern: /^(.+)\/blobs\/uploads\/?$/, route: (repository) => ({ to: 'uploads', repository }) },
  { pattern: /^(.+)\/blobs\/uploads\/([^/]+)$/, route: (repository, id) => ({ to: 'upload', repository, id }) },
  { pattern: /^(.+)\/blobs\/([^/]+)$/, route: (repository, reference) => ({ to: 'blob', repository, reference }) },
  { pattern: /^(.+)\/manifests\/([^/]+)$/, route: (repository, reference) => ({ to: 'manifest', repository, reference }) },
];

/** @returns nothing for a path that is no part of the API */
export const routeOf = (path: string): Route | undefined => {
  const rest = decoded(path.replace(/^\/v2\/?/, ''));
  if (rest === '') return { to: 'base' };
  if (rest === '_catalog') return { to: 'catalog' };
  for (const { pattern, route } of shapes) {
    const [, repository, last] = pattern.exec(rest) ?? [];
    if (repository !== undefined) return checked(route(repository, last ?? ''));
  }
  return undefined;
};

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Failure('NAME_INVALID', 'not a path');
  }
};

const checked = (route: Route): Route => {
  if ('repository' in route && !isRepository(route.repository)) throw new Failure('NAME_INVALID', 'not a repository name');
  if (route.to === 'blob' && !isDigest(route.reference)) throw new Failure('DIGEST_INVALID', 'not a sha256 digest');
  if (route.to === 'manifest' && !isDigest(route.reference) && !isTag(route.reference)) throw new Failure('TAG_INVALID', 'neither a tag nor a sha256 digest');
  return route;
};
