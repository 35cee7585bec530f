import { gathered, discard, type Body, type LeastSpeed } from './bodies.ts';
import { RegistryError } from '../error.ts';
import { retryAfterMs } from './retry.ts';

export interface RegistryRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Body;
}

/** Converts an unsuccessful answer to an error. Its text is never assumed to be JSON and never repeated. */
export const failureOf = async (
  { status, headers, body }: RegistryRefusal,
  least: LeastSpeed,
): Promise<RegistryError> => {
  const after = retryAfterMs([headers['retry-after']].flat()[0], [headers.date].flat()[0]);
  const wait = after === undefined ? {} : { retryAfterMs: after };
  if (status === 404) return notFound(await gathered(body, 16 * 1024, least).catch(() => Buffer.alloc(0)));
  discard(body);
  if (status === 401 || status === 403) return new RegistryError('unauthorized', `the registry answered ${status}`);
  if (status === 410) return new RegistryError('gone', 'the registry answered 410');
  if (status === 429) return new RegistryError('rate-limited', 'the registry answered 429', wait);
  if (status === 405 || status === 501) return new RegistryError('unsupported', `the registry answered ${status}`);
  if (status >= 500 || status === 408) return new RegistryError('unreachable', `the registry answered ${status}`, wait);
  return new RegistryError('bad-answer', `the registry answered ${status}`);
};

/** A 404 about `Accept` means that the manifest exists, but in a media type that was not requested. */
const notFound = (text: Buffer): RegistryError =>
  text.includes('accept header')
    ? new RegistryError('unsupported-media-type', 'the registry has the manifest in an unsupported form')
    : new RegistryError('gone', 'the registry answered 404');
