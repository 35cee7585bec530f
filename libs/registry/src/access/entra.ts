import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { RegistryError } from '../error.ts';
import { secretAt, type AzureAuth } from './azure-auth.ts';
import { entraFailure, throttled } from './entra-failure.ts';

/** The audience of tokens for Azure Container Registry. No other service accepts such a token. */
const registryAudience = 'https://containerregistry.azure.net';

type ServicePrincipal = Extract<AzureAuth, { kind: 'service-principal' }>;

/**
 * Gets tokens of Microsoft Entra through `@azure/identity`. The library is loaded at first use, because it costs memory
 * and few registries need it.
 */
export class Entra {
  readonly #auth: AzureAuth;
  readonly #pems: readonly string[] | undefined;
  readonly #scope: string;
  #credential: { readonly for: string; readonly is: TokenCredential } | undefined;
  #throttledUntil = 0;

  /**
   * @param pems authorities that may sign Entra's certificate, which a proxy may replace; those of Node by default.
   *   The library finds the proxy itself, by the variables of the process.
   * @param audience the only service that accepts the tokens
   */
  constructor(auth: AzureAuth, pems?: readonly string[], audience = registryAudience) {
    this.#auth = auth;
    this.#pems = pems;
    this.#scope = `${audience}/.default`;
  }

  /** @throws RegistryError `unauthorized` with what to do, or `unreachable` */
  async token(signal: AbortSignal): Promise<AccessToken> {
    const throttledMs = this.#throttledUntil - Date.now();
    if (throttledMs > 0) throw throttled(throttledMs);
    const credential = await this.#current();
    const ended = Promise.withResolvers<never>();
    const end = () => ended.reject(signal.reason);
    signal.addEventListener('abort', end);
    try {
      signal.throwIfAborted();
      // Not every credential observes the signal.
      const token = await Promise.race([credential.getToken(this.#scope, { abortSignal: signal }), ended.promise]);
      if (!token) throw new RegistryError('unauthorized', 'Microsoft Entra gave no token');
      return token;
    } catch (error) {
      signal.throwIfAborted();
      const failure = entraFailure(error, this.#auth.kind);
      if (failure.code === 'rate-limited') this.#throttledUntil = Date.now() + (failure.retryAfterMs ?? 0);
      // After a failure a credential sends no request for a minute, which is longer than our deadline.
      if (failure.retriable) this.#credential = undefined;
      throw failure;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** A credential keeps its secret, so a changed secret needs a new credential. */
  async #current(): Promise<TokenCredential> {
    const secret = this.#auth.kind === 'service-principal' ? await secretAt(this.#auth.clientSecret) : '';
    if (this.#credential?.for !== secret)
      this.#credential = { for: secret, is: await credentialOf(this.#auth, secret, this.#pems) };
    return this.#credential.is;
  }
}

const credentialOf = async (
  auth: AzureAuth,
  secret: string,
  pems: readonly string[] | undefined,
): Promise<TokenCredential> => {
  const { ClientSecretCredential, ManagedIdentityCredential, WorkloadIdentityCredential } =
    await import('@azure/identity');
  if (auth.kind === 'managed-identity')
    return new ManagedIdentityCredential(auth.clientId === undefined ? {} : { clientId: auth.clientId });
  const options = { ...optionsOf(auth), ...(pems ? { tlsOptions: { ca: [...pems] } } : {}) };
  if (auth.kind === 'workload-identity')
    return new WorkloadIdentityCredential({
      tenantId: auth.tenantId,
      clientId: auth.clientId,
      tokenFilePath: auth.tokenFile,
      ...options,
    });
  return new ClientSecretCredential(auth.tenantId, auth.clientId, secret, options);
};

/**
 * A configured authority host may be unknown to Microsoft, so instance discovery is disabled for it. Retries are left
 * to the caller.
 */
const optionsOf = ({ authorityHost }: Pick<ServicePrincipal, 'authorityHost'>) => ({
  retryOptions: { maxRetries: 0 },
  ...(authorityHost === undefined ? {} : { authorityHost, disableInstanceDiscovery: true }),
});
