export interface Paged {
  readonly names: readonly string[];
  readonly link: string | undefined;
}

/** One page of the sorted names, and the `Link` to the next page. */
export const pageOf = (names: readonly string[], path: string, query: URLSearchParams): Paged => {
  const last = query.get('last');
  const n = Number(query.get('n') ?? 100);
  const size = Number.isInteger(n) && n > 0 ? Math.min(n, 1000) : 100;
  const after = last === null ? names : names.filter((name) => name > last);
  const page = after.slice(0, size);
  const next = `${path}?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${size}`;
  return { names: page, link: after.length > size ? `<${next}>; rel="next"` : undefined };
};
