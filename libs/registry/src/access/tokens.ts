import type { Dispatcher } from 'undici';
import { mayVisit, type RegistryAccess } from './access.ts';
import { Exchange } from './exchange.ts';
import type { LeastSpeed } from './bodies.ts';
import { challengeOf, type Challenge } from './challenge.ts';
import { RegistryError } from '../error.ts';
import type { RegistryNetwork } from './network.ts';
import { formOf, tokenAnswer, tokenOf, type Token, type TokenQuestion } from './token-service.ts';

/** User names with which a refresh token replaces the password (Docker's way, and Azure's). */
const refreshUsers = ['<token>', '00000000-0000-0000-0000-000000000000'];

/** Answers the registry's challenges and keeps one token for each scope. */
export class Tokens {
  readonly #access: RegistryAccess;
  readonly #dispatcher: Dispatcher;
  readonly #least: LeastSpeed;
  readonly #tokens = new Map<string, Token>();
  readonly #pending = new Map<string, Promise<Token>>();
  readonly #exchange: Exchange | undefined;
  #challenge: Challenge | undefined;

  constructor(access: RegistryAccess, dispatcher: Dispatcher, least: LeastSpeed, network?: RegistryNetwork) {
    this.#access = access;
    this.#dispatcher = dispatcher;
    this.#least = least;
    this.#exchange = access.auth && new Exchange(access, access.auth, dispatcher, least, network);
  }

  /** The header of a first request: none until the registry has sent a challenge. */
  async current(scope: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#challenge) return undefined;
    const token = this.#tokens.get(scope);
    if (token && token.expiresAt > Date.now()) return token.authorization;
    return this.#obtained(scope, this.#challenge, signal).catch((error: unknown) => this.#forgotten(error));
  }

  /**
   * A moved token service is found by a new challenge of the registry. A transient failure does not mean that it moved.
   */
  #forgotten(error: unknown): undefined {
    if (!(error instanceof RegistryError) || error.retriable) throw error;
    this.#challenge = undefined;
  }

  /**
   * Gets a new token after a 401. `refused` is the token that was sent; if another request has renewed it in the
   * meantime, that token is used.
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
    // Keep only a challenge that led to a token: one odd answer must not block the registry for ever.
    this.#challenge = challenge;
    return authorization;
  }

  /** Concurrent requests for the same token share one request to the token service. */
  async #obtained(scope: string, challenge: Challenge, signal: AbortSignal): Promise<string> {
    const other = this.#pending.get(scope);
    if (other) {
      const token = await other.catch(() => undefined);
      if (token) return token.authorization;
      // The other request may have been cancelled or out of time; that is not a failure of this one.
      signal.throwIfAborted();
    }
    const pending = this.#answer(scope, challenge, signal).finally(() => this.#pending.delete(scope));
    this.#pending.set(scope, pending);
    const token = await pending;
    this.#tokens.set(scope, token);
    return token.authorization;
  }

  async #answer(scope: string, challenge: Challenge, signal: AbortSignal): Promise<Token> {
    if (challenge.scheme === 'bearer') return this.#bearer(scope, challenge, signal);
    const authorization = this.#basic();
    if (authorization === undefined)
      throw new RegistryError('unauthorized', 'the registry requires a password, but none is configured');
    return { authorization, expiresAt: Infinity };
  }

  #basic(): string | undefined {
    const { credentials } = this.#access;
    return credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  }

  /** Requests only the scope of this one request, regardless of the scope in the challenge. */
  async #bearer(
    scope: string,
    { realm, service }: Extract<Challenge, { scheme: 'bearer' }>,
    signal: AbortSignal,
  ): Promise<Token> {
    if (this.#exchange) return this.#exchange.token(scope, service, signal);
    const url = URL.parse(realm);
    if (!url || !mayVisit(url, this.#access))
      throw new RegistryError('forbidden-realm', 'the token service is not at an allowed host');
    return tokenOf(await tokenAnswer(url, this.#question(url, scope, service), this.#dispatcher, this.#least, signal));
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
