import type { Dispatcher } from 'undici';
import { baseOf, type RegistryAccess } from '../access.ts';
import type { LeastSpeed } from '../bodies.ts';
import { RegistryError } from '../error.ts';
import { expiryOf, formOf, saidBy, textOf, type Token } from '../token-service.ts';
import type { AzureAuth } from './auth.ts';
import { Entra } from './entra.ts';

const version = '2021-07-01';

/**
 * Tokens of an Azure Container Registry: one of Entra is exchanged for the registry's refresh token, and that for an
 * access token a scope. All of it goes to the registry's own address, whatever realm it names. The official client
 * exchanges tokens too, but for itself only: it hands none out, and pulls need them.
 */
export class Exchange {
  readonly #base: URL;
  readonly #entra: Entra;
  #refresh: { readonly token: string; readonly expiresAt: number } | undefined;
  #asked: Promise<string> | undefined;

  constructor(
    access: RegistryAccess,
    auth: AzureAuth,
    private readonly dispatcher: Dispatcher,
    private readonly least: LeastSpeed,
  ) {
    this.#base = baseOf(access);
    this.#entra = new Entra(auth);
  }

  async token(scope: string, service: string | undefined, signal: AbortSignal): Promise<Token> {
    const kept = this.#refresh && this.#refresh.expiresAt > Date.now() ? this.#refresh.token : undefined;
    if (kept !== undefined) {
      try {
        return await this.#access(kept, scope, service, signal);
      } catch (error) {
        // The registry may have taken back what it gave; then it is exchanged anew, once.
        if (!isRefused(error)) throw error;
        if (this.#refresh?.token === kept) this.#refresh = undefined;
      }
    }
    return this.#access(await this.#exchanged(service, signal), scope, service, signal).catch(
      told('the identity may not do this: give it the role AcrPull on the registry'),
    );
  }

  async #access(refresh: string, scope: string, service: string | undefined, signal: AbortSignal): Promise<Token> {
    const said = await this.#post(
      'token',
      { grant_type: 'refresh_token', service: service ?? this.#base.host, scope, refresh_token: refresh },
      signal,
    );
    const token = textOf(said.access_token);
    return { authorization: `Bearer ${token}`, expiresAt: expiryOf(said.expires_in ?? secondsLeft(token)) };
  }

  /** Many scopes are asked for at once when a sweep begins; one exchange is enough for all. */
  async #exchanged(service: string | undefined, signal: AbortSignal): Promise<string> {
    const asking = await this.#asked?.catch(() => undefined);
    if (asking !== undefined) return asking;
    signal.throwIfAborted();
    const asked = this.#exchange(service, signal).finally(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
    this.#asked = asked;
    return asked;
  }

  async #exchange(service: string | undefined, signal: AbortSignal): Promise<string> {
    const { token } = await this.#entra.token(signal);
    const said = await this.#post(
      'exchange',
      { grant_type: 'access_token', service: service ?? this.#base.host, access_token: token },
      signal,
    ).catch(
      told(
        'the registry does not take the token of the identity: it must be of the tenant of the registry, and have the role AcrPull on it',
      ),
    );
    const refresh = textOf(said.refresh_token);
    this.#refresh = { token: refresh, expiresAt: expiryOf(secondsLeft(refresh)) };
    return refresh;
  }

  async #post(
    path: 'exchange' | 'token',
    fields: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (this.#base.protocol !== 'https:')
      throw new RegistryError('unauthorized', 'what shows who we are goes over https only');
    return saidBy(
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

/** Says with a refusal what would help. */
const told =
  (remedy: string) =>
  (error: unknown): never => {
    throw isRefused(error) ? new RegistryError('unauthorized', `${error.message}; ${remedy}`, { cause: error }) : error;
  };

/** When a token says that it ends. It is the registry's word, and decides only when we ask anew. */
const secondsLeft = (token: string): number | undefined => {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? Math.min(exp - Date.now() / 1000, 86_400) : undefined;
  } catch {
    return undefined;
  }
};
