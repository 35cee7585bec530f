import { gathered, discard, type Body, type LeastSpeed } from './bodies.ts';
import { RegistryError } from '../error.ts';
import { retryAfterMs } from './retry.ts';

export interface RegistryRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Body;
}

/**
 * Converts an unsuccessful answer to an error. Its text is never assumed to be JSON and never repeated.
 * @param who the sender of the answer, in the message
 */
export const failureOf = async (
  { status, headers, body }: RegistryRefusal,
  least: LeastSpeed,
  who = 'the registry',
): Promise<RegistryError> => {
  const after = retryAfterMs([headers['retry-after']].flat()[0], [headers.date].flat()[0]);
  const wait = after === undefined ? {} : { retryAfterMs: after };
  if (status === 404) return notFound(await gathered(body, 16 * 1024, least).catch(() => Buffer.alloc(0)), who);
  discard(body);
  if (status === 401 || status === 403) return new RegistryError('unauthorized', `${who} answered ${status}`);
  if (status === 410) return new RegistryError('gone', `${who} answered 410`);
  if (status === 429) return new RegistryError('rate-limited', `${who} answered 429`, wait);
  if (status === 405 || status === 501) return new RegistryError('unsupported', `${who} answered ${status}`);
  if (status >= 500 || status === 408) return new RegistryError('unreachable', `${who} answered ${status}`, wait);
  return new RegistryError('bad-answer', `${who} answered ${status}`);
};

/** A 404 about `Accept` means that the manifest exists, but in a media type that was not requested. */
const notFound = (text: Buffer, who: string): RegistryError =>
  text.includes('accept header')
    ? new RegistryError('unsupported-media-type', 'the registry has the manifest in an unsupported form')
    : new RegistryError('gone', `${who} answered 404`);
