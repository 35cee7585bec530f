import { request, type Dispatcher } from 'undici';
import { discard, gathered, type LeastSpeed } from './bodies.ts';
import { RegistryError } from '../error.ts';
import { failureOf } from './failure.ts';
import { limits } from '../limits.ts';

export interface Token {
  readonly authorization: string;
  readonly expiresAt: number;
}

/** Docker's default lifetime for a token without an expiry. */
const silentLifetimeSeconds = 60;

export interface TokenQuestion {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** A form body for a token service. */
export const formOf = (fields: URLSearchParams): TokenQuestion => ({
  method: 'POST',
  headers: { 'accept-encoding': 'identity', 'content-type': 'application/x-www-form-urlencoded' },
  body: String(fields),
});

/** Sends a request to a token service. Redirects and bodies other than JSON are refused. */
export const tokenAnswer = async (
  url: URL,
  question: TokenQuestion,
  dispatcher: Dispatcher,
  least: LeastSpeed,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> => {
  const { statusCode: status, headers, body } = await request(url, { dispatcher, signal, ...question });
  if (status >= 300 && status < 400) {
    discard(body);
    throw new RegistryError('forbidden-redirect', 'the token service redirects');
  }
  if (status !== 200) throw await failureOf({ status, headers, body }, least);
  const bytes = await gathered(body, limits.answerBytes, least);
  try {
    return (JSON.parse(bytes.toString()) ?? {}) as Record<string, unknown>;
  } catch {
    throw new RegistryError('bad-answer', 'the token service did not answer in JSON');
  }
};

const isToken = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);

/** Validates a token; only characters that a header allows. */
export const textOf = (value: unknown): string => {
  if (!isToken(value)) throw new RegistryError('bad-answer', 'the token service gave no token');
  return value;
};

/** Leaves a tenth of the lifetime unused, so that no token expires in transit. */
export const expiryOf = (seconds: unknown, now = Date.now()): number =>
  now + (typeof seconds === 'number' && seconds > 0 ? seconds : silentLifetimeSeconds) * 900;

export const tokenOf = (answer: Readonly<Record<string, unknown>>): Token => ({
  authorization: `Bearer ${textOf(answer.token ?? answer.access_token)}`,
  expiresAt: expiryOf(answer.expires_in),
});
