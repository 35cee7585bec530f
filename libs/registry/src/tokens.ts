import type { Dispatcher } from 'undici';
import { mayVisit, type RegistryAccess } from './access.ts';
import { Exchange } from './acr/exchange.ts';
import type { LeastSpeed } from './bodies.ts';
import { challengeOf, type Challenge } from './challenge.ts';
import { RegistryError } from './error.ts';
import { formOf, saidBy, tokenOf, type Token, type TokenQuestion } from './token-service.ts';

/** Names under which a refresh token stands in for a password (Docker's way, and Azure's). */
const refreshUsers = ['<token>', '00000000-0000-0000-0000-000000000000'];

/** Answers the registry's challenges and remembers the tokens, one for each scope. */
export class Tokens {
  readonly #access: RegistryAccess;
  readonly #dispatcher: Dispatcher;
  readonly #least: LeastSpeed;
  readonly #tokens = new Map<string, Token>();
  readonly #asked = new Map<string, Promise<Token>>();
  readonly #exchange: Exchange | undefined;
  #challenge: Challenge | undefined;

  constructor(access: RegistryAccess, dispatcher: Dispatcher, least: LeastSpeed) {
    this.#access = access;
    this.#dispatcher = dispatcher;
    this.#least = least;
    this.#exchange = access.auth && new Exchange(access, access.auth, dispatcher, least);
  }

  /** What to send at first: nothing, until the registry has once asked for something. */
  async current(scope: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#challenge) return undefined;
    const token = this.#tokens.get(scope);
    if (token && token.expiresAt > Date.now()) return token.authorization;
    return this.#obtained(scope, this.#challenge, signal).catch((error: unknown) => this.#forgotten(error));
  }

  /**
   * A token service that has moved is found by asking the registry anew; one that is away for a moment has not moved.
   */
  #forgotten(error: unknown): undefined {
    if (!(error instanceof RegistryError) || error.retriable) throw error;
    this.#challenge = undefined;
  }

  /**
   * After a 401: a new token. `refused` is what was sent; if somebody else has renewed it meanwhile, theirs is taken.
   */
  async renewed(
    scope: string,
    header: string | readonly string[] | undefined,
    refused: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const challenge = challengeOf(header);
    const token = this.#tokens.get(scope);
    if (token && token.expiresAt > Date.now() && token.authorization !== refused) return token.authorization;
    const authorization = await this.#obtained(scope, challenge, signal);
    // Only what led to a token is remembered: one odd answer must not stand between us and the registry for ever.
    this.#challenge = challenge;
    return authorization;
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
    if (!this.#access.credentials)
      throw new RegistryError('unauthorized', 'the registry asks for a password and none is configured');
    return { authorization: this.#basic()!, expiresAt: Infinity };
  }

  #basic(): string | undefined {
    const { credentials } = this.#access;
    return credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  }

  /** Only for what this one request needs, whatever scope the challenge proposes. */
  async #bearer(
    scope: string,
    { realm, service }: Extract<Challenge, { scheme: 'bearer' }>,
    signal: AbortSignal,
  ): Promise<Token> {
    if (this.#exchange) return this.#exchange.token(scope, service, signal);
    const url = URL.parse(realm);
    if (!url || !mayVisit(url, this.#access))
      throw new RegistryError('forbidden-realm', 'the token service is not at an allowed host');
    return tokenOf(await saidBy(url, this.#question(url, scope, service), this.#dispatcher, this.#least, signal));
  }

  #question(url: URL, scope: string, service: string | undefined): TokenQuestion {
    const { credentials } = this.#access;
    const fields = new URLSearchParams({ ...(service !== undefined && { service }), scope });
    if (credentials && refreshUsers.includes(credentials.username)) {
      fields.set('grant_type', 'refresh_token');
      fields.set('refresh_token', credentials.password);
      return formOf(fields);
    }
    for (const [name, value] of fields) url.searchParams.set(name, value);
    const authorization = this.#basic();
    return {
      method: 'GET',
      headers: { 'accept-encoding': 'identity', ...(authorization !== undefined && { authorization }) },
    };
  }
}
