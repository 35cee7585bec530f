import { RegistryError } from '../error.ts';
import { parseStrictly } from '../json.ts';
import { limits } from '../limits.ts';

interface Page {
  readonly names: readonly string[];
  /** Path and query of the next page. */
  readonly next: string | undefined;
}

/** Requests pages until there is no next page. */
export async function* listed(first: string, page: (path: string) => Promise<Page>): AsyncGenerator<string> {
  const visited = new Set<string>();
  for (let path: string | undefined = first; path !== undefined;) {
    if (visited.has(path) || visited.size === limits.pages)
      throw new RegistryError('bad-answer', 'a listing without end');
    visited.add(path);
    const { names, next }: Page = await page(path);
    yield* names;
    path = next;
  }
}

/** Returns the valid names under `key`; others cannot be part of a request. An empty registry may send null. */
export const namesIn = (
  bytes: Buffer,
  key: 'tags' | 'repositories',
  isName: (text: unknown) => text is string,
): string[] => {
  const document = parseStrictly(bytes, 'bad-answer') as Record<string, unknown> | null;
  const names = document?.[key] ?? [];
  if (!Array.isArray(names)) throw new RegistryError('bad-answer', `${key} is not a list`);
  return names.filter(isName);
};

/** `Link: </v2/_catalog?last=x&n=100>; rel="next"`. The next page must belong to the same listing and registry. */
export const nextPage = (link: string | readonly string[] | undefined, path: string): string | undefined => {
  const target = /<([^>]*)>\s*;[^,]*rel="?next"?/i.exec([link ?? []].flat().join(', '))?.[1];
  if (target === undefined) return undefined;
  const here = new URL(path, 'http://registry.invalid');
  const there = URL.parse(target, here.href);
  if (there?.pathname !== here.pathname) throw new RegistryError('bad-answer', 'a next page of something else');
  return there.pathname + there.search;
};
