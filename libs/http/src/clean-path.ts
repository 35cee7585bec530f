import { posix } from 'node:path';

/**
 * Official clients put the scope into the path as `//subscriptions/…` or `/%2Fsubscriptions%2F…`. Both mean the same as
 * the plain form. So slashes are decoded and runs of them collapsed before routing and guards. The query stays
 * unchanged. Used as Fastify's `rewriteUrl`.
 */
export const cleanPath = (rawUrl: string): string => {
  const at = rawUrl.indexOf('?');
  const path = at < 0 ? rawUrl : rawUrl.slice(0, at);
  // Cuts a proxy's absolute form (`GET http://host/path`) to its path; a URL object is never built from the raw target.
  const relative = path.replace(/^https?:\/\/[^/]*/i, '');
  const clean = `/${relative}`.replaceAll(/%2f/gi, '/').replaceAll(/\/{2,}/g, '/');
  // `/x/../subscriptions` must not slip past a guard that looks at the beginning of the path.
  const resolved = /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(clean) ? posix.normalize(clean.replaceAll(/%2e/gi, '.')) : clean;
  return at < 0 ? resolved : resolved + rawUrl.slice(at);
};
