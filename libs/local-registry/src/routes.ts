import { RegistryFailure } from './failure.ts';
import { isDigest, isRepository, isTag } from './names.ts';

/** The target of a path. `repository` and `reference` are empty if the path has none. */
export interface RegistryRoute {
  readonly to: 'base' | 'catalog' | 'tags' | 'blob' | 'manifest' | 'uploads' | 'upload';
  readonly repository: string;
  /** A digest, a tag, or the id of an upload. */
  readonly reference: string;
}

/** Repositories may contain slashes, so the patterns match from the end of the path. */
const shapes: readonly { to: RegistryRoute['to']; pattern: RegExp }[] = [
  { to: 'tags', pattern: /^(.+)\/tags\/list$/ },
  { to: 'uploads', pattern: /^(.+)\/blobs\/uploads\/?$/ },
  { to: 'upload', pattern: /^(.+)\/blobs\/uploads\/([^/]+)$/ },
  { to: 'blob', pattern: /^(.+)\/blobs\/([^/]+)$/ },
  { to: 'manifest', pattern: /^(.+)\/manifests\/([^/]+)$/ },
];

/** @returns undefined for a path that is not part of the API */
export const routeOf = (path: string): RegistryRoute | undefined => {
  const rest = decoded(path.replace(/^\/v2\/?/, ''));
  if (rest === '') return { to: 'base', repository: '', reference: '' };
  if (rest === '_catalog') return { to: 'catalog', repository: '', reference: '' };
  for (const { to, pattern } of shapes) {
    const [, repository, reference = ''] = pattern.exec(rest) ?? [];
    if (repository !== undefined) return checked({ to, repository, reference });
  }
  return undefined;
};

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new RegistryFailure('NAME_INVALID', 'not a path');
  }
};

const checked = (route: RegistryRoute): RegistryRoute => {
  const { to, repository, reference } = route;
  if (!isRepository(repository)) throw new RegistryFailure('NAME_INVALID', 'not a repository name');
  if (to === 'blob' && !isDigest(reference)) throw new RegistryFailure('DIGEST_INVALID', 'not a sha256 digest');
  if (to === 'manifest' && !isDigest(reference) && !isTag(reference))
    throw new RegistryFailure('TAG_INVALID', 'neither a tag nor a sha256 digest');
  return route;
};
