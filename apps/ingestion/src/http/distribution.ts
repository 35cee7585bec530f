import { isObject, noticeOf, textOf, type Read } from './notification.ts';

const manifestTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
]);

/**
 * The host of `target.url`, used if the request does not name the host that the client used. A registry with relative
 * URLs names none.
 */
const hostIn = (url: unknown): string | undefined => {
  try {
    return new URL(textOf(url) ?? '').host || undefined;
  } catch {
    return undefined;
  }
};

const readEvent = (event: unknown, receivedAt: string): Read => {
  if (!isObject(event) || !isObject(event.target)) return { ignored: 'not-an-event' };
  const { id, action, target, request, timestamp } = event;
  if (action === 'pull' || action === 'mount') return { ignored: action };
  if (action !== 'push' && action !== 'delete') return { ignored: 'unknown-action' };
  if (action === 'push' && !manifestTypes.has(textOf(target.mediaType) ?? ''))
    return { ignored: target.mediaType === 'application/octet-stream' ? 'blob' : 'unknown-media-type' };
  return noticeOf(
    {
      sender: 'distribution',
      id,
      action,
      host: (isObject(request) ? textOf(request.host) : undefined) ?? hostIn(target.url),
      target,
      timestamp,
      body: event,
    },
    receivedAt,
  );
};

/**
 * Reads an envelope of a CNCF distribution registry. Events that are not understood are ignored with a reason, never
 * refused: the registry repeats a refused envelope for ever, and delivers nothing behind it.
 */
export const readDistribution = (body: unknown, receivedAt: string): readonly Read[] =>
  isObject(body) && Array.isArray(body.events)
    ? body.events.map((event) => readEvent(event, receivedAt))
    : [{ ignored: 'not-an-envelope' }];
