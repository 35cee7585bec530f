import { request, type Dispatcher } from 'undici';
import { mayVisit, type RegistryAccess } from './access.ts';
import { discard, gathered, type LeastSpeed } from './bodies.ts';
import { challengeOf, type Challenge } from './challenge.ts';
import { RegistryError } from './error.ts';
import { failureOf } from './failure.ts';
import { limits } from './limits.ts';

interface Token { readonly authorization: string; readonly expiresAt: number }

/** Names under which a refresh token stands in for a password (Docker's way, and Azure's). */
const refreshUsers = ['<token>', '00000000-0000-0000-0000-000000000000'];
/** Docker's rule for a token that says nothing about its end. */
const silentLifetimeSeconds = 60;

/** Answers the registry's challenges and remembers the tokens, one for each scope. */
export class Tokens {
  readonly #access: RegistryAccess;
  readonly #dispatcher: Dispatcher;
  readonly #least: LeastSpeed;
  readonly #tokens = new Map<string, Token>();
  readonly #asked = new Map<string, Promise<Token>>();
  #challenge: Challenge | undefined;

  constructor(access: RegistryAccess, dispatcher: Dispatcher, least: LeastSpeed) {
    this.#access = access;
    this.#dispatcher = dispatcher;
    this.#least = least;
  }

  /** What to send at first: nothing, until the registry has once asked for something. */
  async current(scope: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#challenge) return undefined;
    const token = this.#tokens.get(scope);
    if (token && token.expiresAt > Date.now()) return token.authorization;
    return this.#obtained(scope, this.#challenge, signal);
  }

  /** After a 401: a new token. `refused` is what was sent; if somebody else has renewed it meanwhile, theirs is taken. */
  async renewed(scope: string, header: string | readonly string[] | undefined, refused: string | undefined, signal: AbortSignal): Promise<string> {
    this.#challenge = challengeOf(header);
    const token = this.#tokens.get(scope);
    if (token && token.authorization !== refused) return token.authorization;
    return this.#obtained(scope, this.#challenge, signal);
  }

  /** Several requests that need the same token at once ask for it once. */
  async #obtained(scope: string, challenge: Challenge, signal: AbortSignal): Promise<string> {
    const asking = this.#asked.get(scope);
    if (asking) {
      const token = await asking.catch(() => undefined);
      if (token) return token.authorization;
      // Whoever asked may have been cancelled or out of time; that is not our failure.
      signal.throwIfAborted();
    }
    const asked = this.#answer(scope, challenge, signal).finally(() => this.#asked.delete(scope));
    this.#asked.set(scope, asked);
    const token = await asked;
    this.#tokens.set(scope, token);
    return token.authorization;
  }

  async #answer(scope: string, challenge: Challenge, signal: AbortSignal): Promise<Token> {
    if (challenge.scheme === 'bearer') return this.#bearer(scope, challenge, signal);
    if (!this.#access.credentials) throw new RegistryError('unauthorized', 'the registry asks for a password and none is configured');
    return { authorization: this.#basic()!, expiresAt: Infinity };
  }

  #basic(): string | undefined {
    const { credentials } = this.#access;
    return credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  }

  /** Only for what this one request needs, whatever scope the challenge proposes. */
  async #bearer(scope: string, { realm, service }: Extract<Challenge, { scheme: 'bearer' }>, signal: AbortSignal): Promise<Token> {
    const url = URL.parse(realm);
    if (!url || !mayVisit(url, this.#access)) throw new RegistryError('forbidden-realm', 'the token service is not at an allowed host');
    const answer = await request(url, { dispatcher: this.#dispatcher, signal, ...this.#question(url, scope, service) });
    const { statusCode: status, headers, body } = answer;
    if (status >= 300 && status < 400) {
      discard(body);
      throw new RegistryError('forbidden-redirect', 'the token service redirects');
    }
    if (status !== 200) throw await failureOf({ status, headers, body }, this.#least);
    return tokenOf(await gathered(body, limits.answerBytes, this.#least));
  }

  #question(url: URL, scope: string, service: string | undefined): { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string } {
    const { credentials } = this.#access;
    const fields = new URLSearchParams({ ...(service !== undefined && { service }), scope });
    const headers = { 'accept-encoding': 'identity' };
    if (credentials && refreshUsers.includes(credentials.username)) {
      fields.set('grant_type', 'refresh_token');
      fields.set('refresh_token', credentials.password);
      return { method: 'POST', headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: String(fields) };
    }
    for (const [name, value] of fields) url.searchParams.set(name, value);
    const authorization = this.#basic();
    return { method: 'GET', headers: { ...headers, ...(authorization !== undefined && { authorization }) } };
  }
}

const tokenOf = (bytes: Buffer): Token => {
  let said: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null;
  try {
    said = JSON.parse(bytes.toString()) as typeof said;
  } catch {
    throw new RegistryError('bad-answer', 'the token service did not answer in JSON');
  }
  const token = said?.token ?? said?.access_token;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw new RegistryError('bad-answer', 'the token service gave no token');
  const seconds = typeof said?.expires_in === 'number' && said.expires_in > 0 ? said.expires_in : silentLifetimeSeconds;
  // A tenth of its life is left unused, so that no token dies on the way.
  return { authorization: `Bearer ${token}`, expiresAt: Date.now() + seconds * 900 };
};
