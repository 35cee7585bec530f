import type { Dispatcher } from 'undici';
import { baseOf, type RegistryAccess } from './access.ts';
import type { LeastSpeed } from './bodies.ts';
import { RegistryError } from '../error.ts';
import type { RegistryNetwork } from './network.ts';
import { expiryOf, formOf, tokenAnswer, textOf, type Token } from './token-service.ts';
import type { AzureAuth } from './azure-auth.ts';
import { Entra } from './entra.ts';

const version = '2021-07-01';

/**
 * Tokens of an Azure Container Registry: exchanges an Entra token for the registry's refresh token, and the refresh
 * token for one access token per scope. All requests go to the registry's own address, regardless of the realm in its
 * challenge. The official client exchanges tokens too, but does not expose them, and pulls need them.
 */
export class Exchange {
  readonly #base: URL;
  readonly #entra: Entra;
  #refresh: { readonly token: string; readonly expiresAt: number } | undefined;
  #pending: Promise<string> | undefined;

  constructor(
    access: RegistryAccess,
    auth: AzureAuth,
    private readonly dispatcher: Dispatcher,
    private readonly least: LeastSpeed,
    network?: RegistryNetwork,
  ) {
    this.#base = baseOf(access);
    this.#entra = new Entra(auth, network?.authorities?.pems);
  }

  async token(scope: string, service: string | undefined, signal: AbortSignal): Promise<Token> {
    const kept = this.#refresh && this.#refresh.expiresAt > Date.now() ? this.#refresh.token : undefined;
    if (kept !== undefined) {
      try {
        return await this.#access(kept, scope, service, signal);
      } catch (error) {
        // The registry may have revoked the refresh token: exchange once more.
        if (!isRefused(error)) throw error;
        if (this.#refresh?.token === kept) this.#refresh = undefined;
      }
    }
    return this.#access(await this.#exchanged(service, signal), scope, service, signal).catch(
      withRemedy('the identity lacks permission: give it the role AcrPull on the registry'),
    );
  }

  async #access(refresh: string, scope: string, service: string | undefined, signal: AbortSignal): Promise<Token> {
    const answer = await this.#post(
      'token',
      { grant_type: 'refresh_token', service: service ?? this.#base.host, scope, refresh_token: refresh },
      signal,
    );
    const token = textOf(answer.access_token);
    return { authorization: `Bearer ${token}`, expiresAt: expiryOf(answer.expires_in ?? secondsLeft(token)) };
  }

  /** At the start of a sweep many scopes are requested at once; they share one exchange. */
  async #exchanged(service: string | undefined, signal: AbortSignal): Promise<string> {
    const shared = await this.#pending?.catch(() => undefined);
    if (shared !== undefined) return shared;
    signal.throwIfAborted();
    const pending = this.#exchange(service, signal).finally(() => {
      if (this.#pending === pending) this.#pending = undefined;
    });
    this.#pending = pending;
    return pending;
  }

  async #exchange(service: string | undefined, signal: AbortSignal): Promise<string> {
    const { token } = await this.#entra.token(signal);
    const answer = await this.#post(
      'exchange',
      { grant_type: 'access_token', service: service ?? this.#base.host, access_token: token },
      signal,
    ).catch(
      withRemedy(
        'the registry refuses the token of the identity: it must be of the tenant of the registry, and have ' +
          'the role AcrPull on it',
      ),
    );
    const refresh = textOf(answer.refresh_token);
    this.#refresh = { token: refresh, expiresAt: expiryOf(secondsLeft(refresh)) };
    return refresh;
  }

  async #post(
    path: 'exchange' | 'token',
    fields: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (this.#base.protocol !== 'https:')
      throw new RegistryError('unauthorized', 'credentials are sent over https only');
    return tokenAnswer(
      new URL(`/oauth2/${path}?api-version=${version}`, this.#base),
      formOf(new URLSearchParams(fields)),
      this.dispatcher,
      this.least,
      signal,
    );
  }
}

const isRefused = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && error.code === 'unauthorized';

/** Adds the remedy to a refusal. */
const withRemedy =
  (remedy: string) =>
  (error: unknown): never => {
    throw isRefused(error) ? new RegistryError('unauthorized', `${error.message}; ${remedy}`, { cause: error }) : error;
  };

/** Seconds until the token's own `exp`. The registry's claim is not verified; it decides only when to renew. */
const secondsLeft = (token: string): number | undefined => {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? Math.min(exp - Date.now() / 1000, 86_400) : undefined;
  } catch {
    return undefined;
  }
};
